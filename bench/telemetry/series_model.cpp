// How the series of the fleet move.
#include "bench/telemetry/series_model.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace aloft::bench {
namespace {

using telemetry::Labels;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t per_instance = 100;
constexpr std::array<double, 12> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, INFINITY};
constexpr std::array<const char*, 12> bound_names{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                                  "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};
constexpr std::array<const char*, 5> paths{"/api/v1/orders", "/api/v1/items", "/api/v1/users", "/login",
                                           "/healthz"};
constexpr std::array<const char*, 3> codes{"200", "404", "500"};

}  // namespace

Fleet::Fleet(std::size_t instances) {
  series_.reserve(instances * per_instance);
  for (std::size_t i = 0; i < instances; ++i) add_instance(i);
}

void Fleet::add(const std::string& name, Pairs labels, Shape shape, double value, double rate) {
  labels.emplace_back("__name__", name);
  Series& series = series_.emplace_back();
  series.labels = Labels(labels);
  series.shape = shape;
  series.value = value;
  series.rate = rate;
}

void Fleet::add_instance(std::size_t number) {
  const std::size_t first = series_.size();
  const Pairs base{
      {"job", fmt::format("service-{}", number % 20)},
      {"instance", fmt::format("10.{}.{}.{}:9100", number / 65536, number / 256 % 256, number % 256)},
      {"cluster", "production-eu-1"},
      {"namespace", fmt::format("team-{}", number % 7)}};
  const auto with = [&](const Pairs& more) {
    Pairs all = base;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  std::uniform_real_distribution<double> some(0.1, 1.0);
  for (const char* path : paths) {
    for (const char* code : codes) {
      for (const char* method : {"GET", "POST"})
        add("http_requests_total", with({{"path", path}, {"code", code}, {"method", method}}), Shape::count,
            std::floor(some(random_) * 1e6), some(random_) * (code[0] == '2' ? 40 : 1));
    }
  }
  for (const char* path : {"/api/v1/orders", "/login"}) {
    Timing& timing = timings_.emplace_back();
    timing.rate = some(random_) * 50;
    timing.mean = some(random_) * 0.2;
    for (std::size_t bucket = 0; bucket < bounds.size(); ++bucket) {
      add("http_request_duration_seconds_bucket", with({{"path", path}, {"le", bound_names[bucket]}}),
          Shape::bucket, 0, 0);
      series_.back().bucket = bucket;
    }
    add("http_request_duration_seconds_sum", with({{"path", path}}), Shape::sum, 0, 0);
    add("http_request_duration_seconds_count", with({{"path", path}}), Shape::total, 0, 0);
  }
  for (const char* mode : {"user", "system", "idle", "iowait", "irq", "steal"}) {
    for (const char* cpu : {"0", "1"})
      add("node_cpu_seconds_total", with({{"cpu", cpu}, {"mode", mode}}), Shape::seconds, some(random_) * 1e5,
          some(random_));
  }
  for (const char* device : {"eth0", "eth1"}) {
    for (const char* name : {"node_network_receive_bytes_total", "node_network_transmit_bytes_total"})
      add(name, with({{"device", device}}), Shape::bytes, some(random_) * 1e10, some(random_) * 1e6);
  }
  for (std::size_t pod = 0; pod < 6; ++pod)
    add("container_memory_working_set_bytes", with({{"pod", fmt::format("app-{}-{}", number, pod)}}),
        Shape::memory, some(random_) * 5e8, 4096);
  for (std::size_t queue = 0; queue < 8; ++queue)
    add("queue_length", with({{"queue", fmt::format("q{}", queue)}}), Shape::level,
        std::floor(some(random_) * 100), 3);
  while (series_.size() - first < per_instance)
    add("build_info", with({{"part", fmt::format("p{}", series_.size() - first)}}), Shape::constant, 1, 0);
}

void Fleet::observe(Timing& timing) {
  std::poisson_distribution<int> arrivals(timing.rate);
  std::exponential_distribution<double> duration(1 / timing.mean);
  for (int left = arrivals(random_); left > 0; --left) {
    const double took = duration(random_);
    timing.sum += took;
    timing.total += 1;
    for (std::size_t i = 0; i < bounds.size(); ++i) timing.buckets[i] += took <= bounds[i] ? 1 : 0;
  }
}

double Fleet::step(Series& series, const Timing& timing) {
  std::uniform_real_distribution<double> around(0.5, 1.5);
  std::normal_distribution<double> noise(0, 1);
  switch (series.shape) {
    case Shape::count:
      return series.value += std::floor(series.rate * around(random_));
    case Shape::seconds:
      return series.value = std::round((series.value + series.rate * around(random_)) * 100) / 100;
    case Shape::bytes:
      return series.value += std::floor(series.rate * around(random_));
    case Shape::memory:
      return series.value = std::max(4096.0, series.value + 4096 * std::round(noise(random_) * 20));
    case Shape::level:
      return series.value = std::max(0.0, series.value + std::round(noise(random_) * series.rate));
    case Shape::bucket:
      return timing.buckets[series.bucket];
    case Shape::sum:
      return timing.sum;
    case Shape::total:
      return timing.total;
    case Shape::constant:
      break;
  }
  return series.value;
}

void Fleet::scrape(std::size_t instance, telemetry::Millis time, telemetry::MetricBatch& out) {
  Timing* timings = &timings_[instance * 2];
  observe(timings[0]);
  observe(timings[1]);
  std::size_t timing = 0;
  for (std::size_t i = 0; i < per_instance; ++i) {
    Series& series = series_[instance * per_instance + i];
    out.samples.push_back({series.labels.encoded(), time, step(series, timings[timing])});
    // A timing's last series is its total; what follows belongs to the next one.
    if (series.shape == Shape::total) timing = 1;
  }
}

}  // namespace aloft::bench
