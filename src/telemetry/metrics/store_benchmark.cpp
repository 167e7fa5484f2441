// What the store costs: CPU time of writing and of the background work, memory and disk, and reading what
// dashboards read. The load is a file of remote-write requests (ALOFT_METRICS_LOAD names it; records of four
// little-endian words - connection, tick, samples, bytes - and a snappy body behind an 8-byte head).
#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "io/file.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/wire.h"
#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double resident_mebibytes() {
  const auto text = io::read_file("/proc/self/statm");
  if (!text) return 0;
  const auto space = text->find(' ');
  return std::atof(text->c_str() + space) * 4096 / (1 << 20);
}

// Calls `each` with the bodies of a load, one after another, from disk.
bool for_requests(const char* path, const std::function<void(std::string_view)>& each) {
  FILE* file = fopen(path, "rb");
  if (file == nullptr) return false;
  std::uint32_t head[4];
  std::string body;
  bool good = fread(head, 8, 1, file) == 1;
  while (good && fread(head, sizeof(head), 1, file) == 1) {
    body.resize(head[3]);
    good = fread(body.data(), 1, body.size(), file) == body.size();
    if (good) each(body);
  }
  fclose(file);
  return good;
}

// Remote write 1.0, as far as the load uses it.
MetricBatch decode(std::string_view body) {
  MetricBatch batch;
  const std::string_view raw = batch.own(*snappy_decompress(body, 256 * 1024 * 1024));
  WireCursor request(raw);
  WireField field;
  while (!request.at_end() && request.next(field)) {
    const char* begin = field.bytes.data();
    WireCursor series(field.bytes);
    std::string_view labels;
    WireField inner;
    while (!series.at_end() && series.next(inner)) {
      if (inner.number == 1) {
        labels = std::string_view(begin, static_cast<std::size_t>(series.at() - begin));
        continue;
      }
      SampleRef sample{.labels = labels};
      WireCursor fields(inner.bytes);
      WireField value;
      while (!fields.at_end() && fields.next(value)) {
        if (value.number == 1) sample.value = value.as_double();
        if (value.number == 2) sample.time = value.as_int();
      }
      batch.samples.push_back(sample);
    }
  }
  return batch;
}

struct Loaded {
  TemporaryFolder folder;
  SystemClock clock;
  aloft::Metrics metrics;
  StoreSettings settings;
  std::unique_ptr<Store> store;
  std::uint64_t samples = 0;
  double write_seconds = 0;
  double maintain_seconds = 0;
  double resident = 0;
  double resident_most = 0;
  Millis newest = 0;

  bool load(const char* path) {
    settings.folder = folder.path() + "/store";
    settings.retention = 20 * 365 * 24h;
    store = *Store::open(settings, clock, metrics);
    std::uint64_t since = 0;
    const bool good = for_requests(path, [&](std::string_view body) {
      const MetricBatch batch = decode(body);
      const double begin = thread_cpu_seconds();
      const auto report = store->write(batch);
      write_seconds += thread_cpu_seconds() - begin;
      samples += report ? report->accepted : 0;
      since += batch.samples.size();
      for (const SampleRef& one : batch.samples) newest = std::max(newest, one.time);
      if (since > 1'000'000) {
        maintain();
        since = 0;
      }
      resident_most = std::max(resident_most, since % 64 == 0 ? resident_mebibytes() : 0);
    });
    resident = resident_mebibytes();
    return good;
  }
  void maintain() {
    const double begin = thread_cpu_seconds();
    (void)store->maintain();
    maintain_seconds += thread_cpu_seconds() - begin;
  }
};

void read_all(benchmark::State& state, const Store& store, Millis from, Millis to,
              const std::vector<Matcher>& matchers, const char* name) {
  std::size_t series = 0;
  std::size_t samples = 0;
  double seconds = 0;
  for (int round = 0; round < 5; ++round) {
    series = samples = 0;
    const double begin = thread_cpu_seconds();
    const auto selection = *store.select(from, to, matchers, {});
    Column column;
    for (std::size_t i = 0; i < selection->size(); ++i) {
      (void)selection->read(i, from, to, column);
      samples += column.size();
      ++series;
    }
    const double took = thread_cpu_seconds() - begin;
    seconds = round == 0 ? took : std::min(seconds, took);
  }
  state.counters[std::string(name) + "_ms"] = seconds * 1000;
  state.counters[std::string(name) + "_series"] = static_cast<double>(series);
  state.counters[std::string(name) + "_samples"] = static_cast<double>(samples);
}

void queries(benchmark::State& state, const Loaded& loaded) {
  const Store& store = *loaded.store;
  const Millis end = loaded.newest;
  read_all(state, store, end - 300'000, end, {Matcher::equal("__name__", "http_requests_total")}, "rate");
  read_all(state, store, end - 300'000, end,
           {Matcher::equal("__name__", "http_request_duration_seconds_bucket")}, "buckets");
  read_all(state, store, end - 300'000, end,
           {Matcher::equal("__name__", "container_memory_working_set_bytes")}, "topk");
  read_all(state, store, end - 3'900'000, end,
           {Matcher::equal("__name__", "http_requests_total"), Matcher::equal("method", "GET"),
            Matcher::equal("code", "200"), Matcher::equal("path", "/api/v1/orders")},
           "hour");
}

void load_and_read(benchmark::State& state) {
  const char* path = std::getenv("ALOFT_METRICS_LOAD");
  if (path == nullptr) {
    state.SkipWithError("ALOFT_METRICS_LOAD names no load");
    return;
  }
  for (auto _ : state) {
    Loaded loaded;
    if (!loaded.load(path)) {
      state.SkipWithError("the load cannot be read");
      return;
    }
    const auto samples = static_cast<double>(loaded.samples);
    state.counters["write_us"] = loaded.write_seconds * 1e6 / samples;
    state.counters["maintain_us"] = loaded.maintain_seconds * 1e6 / samples;
    state.counters["rss_MiB"] = loaded.resident;
    state.counters["rss_most_MiB"] = loaded.resident_most;
    state.counters["disk_B"] = static_cast<double>(loaded.store->status().disk_bytes) / samples;
    queries(state, loaded);
    const double begin = thread_cpu_seconds();
    (void)loaded.store->compact();
    state.counters["compact_us"] = (thread_cpu_seconds() - begin) * 1e6 / samples;
    state.counters["disk_compact_B"] = static_cast<double>(loaded.store->status().disk_bytes) / samples;
    state.counters["runs"] = static_cast<double>(loaded.store->status().runs);
    state.counters["rss_compact_MiB"] = resident_mebibytes();
    loaded.store.reset();
    const double open = thread_cpu_seconds();
    loaded.store = *Store::open(loaded.settings, loaded.clock, loaded.metrics);
    state.counters["open_ms"] = (thread_cpu_seconds() - open) * 1000;
  }
}
BENCHMARK(load_and_read)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace aloft::telemetry::metrics
