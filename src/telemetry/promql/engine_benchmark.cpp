// What queries cost beside the storage: over columns that lie ready in memory.
#include <benchmark/benchmark.h>

#include "telemetry/promql/api/result_json.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::promql {
namespace {

constexpr Millis interval = 15'000;

// Counters of several jobs and codes, or the buckets of histograms.
class ReadyStore final : public metrics::Queryable {
 public:
  ReadyStore(std::size_t series, std::size_t samples, bool buckets) {
    static constexpr const char* bounds[] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                             "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};
    for (std::size_t i = 0; i < series; ++i) {
      std::vector<std::pair<std::string, std::string>> labels{
          {"__name__", buckets ? "request_seconds_bucket" : "http_requests_total"},
          {"job", fmt::format("job-{}", i % 20)},
          {"instance", fmt::format("10.0.{}.{}:9100", i / 250 % 250, i % 250)},
          {"code", fmt::format("{}", 200 + i % 5)},
          {"handler", fmt::format("/api/v1/handler/{}", i / 5)}};
      if (buckets) labels.emplace_back("le", bounds[i % 12]);
      labels_.emplace_back(std::move(labels));
    }
    std::sort(labels_.begin(), labels_.end());
    for (std::size_t i = 0; i < samples; ++i) {
      column_.times.push_back(static_cast<Millis>(i) * interval);
      column_.values.push_back(static_cast<double>(i * 17 % 1000 + i * 1000));
    }
  }

  class All final : public metrics::Selection {
   public:
    explicit All(const ReadyStore& store) : store_(store) {}
    std::size_t size() const override { return store_.labels_.size(); }
    LabelsView labels(std::size_t series) const override { return store_.labels_[series]; }
    Result<> read(std::size_t series, Millis from, Millis to, metrics::Column& out) const override {
      const auto& times = store_.column_.times;
      const auto begin = std::lower_bound(times.begin(), times.end(), from) - times.begin();
      const auto end = std::upper_bound(times.begin(), times.end(), to) - times.begin();
      out.clear();
      out.times.assign(times.begin() + begin, times.begin() + end);
      out.values.assign(store_.column_.values.begin() + begin, store_.column_.values.begin() + end);
      for (double& value : out.values) value += static_cast<double>(series);
      return {};
    }

   private:
    const ReadyStore& store_;
  };
  Result<std::unique_ptr<metrics::Selection>> select(Millis, Millis, std::span<const Matcher>,
                                                     const metrics::SelectHints&) const override {
    return std::make_unique<All>(*this);
  }
  Result<std::vector<std::string>> label_names(Millis, Millis, std::span<const Matcher>,
                                               std::size_t) const override {
    return std::vector<std::string>();
  }
  Result<std::vector<std::string>> label_values(std::string_view, Millis, Millis, std::span<const Matcher>,
                                                std::size_t) const override {
    return std::vector<std::string>();
  }
  Result<std::vector<metrics::ExemplarSeries>> exemplars(
      Millis, Millis, std::span<const std::vector<Matcher>>) const override {
    return std::vector<metrics::ExemplarSeries>();
  }
  Millis last() const { return column_.times.back(); }

 private:
  std::vector<Labels> labels_;
  metrics::Column column_;
};

void run_instant(benchmark::State& state, const ReadyStore& store, std::string_view text) {
  SerialFor serial;
  const Engine engine({}, serial);
  const auto expr = parse(text);
  for (auto _ : state) {
    auto result = engine.instant(store, **expr, store.last());
    if (!result) state.SkipWithError(result.error().message().c_str());
    benchmark::DoNotOptimize(result);
  }
}

void run_range(benchmark::State& state, const ReadyStore& store, std::string_view text, bool json) {
  SerialFor serial;
  const Engine engine({}, serial);
  const auto expr = parse(text);
  std::size_t bytes = 0;
  for (auto _ : state) {
    auto result = engine.range(store, **expr, store.last() - 3'600'000, store.last(), interval);
    if (!result) state.SkipWithError(result.error().message().c_str());
    if (!json) continue;
    std::string out;
    api::append_result(out, result->value);
    bytes = out.size();
  }
  if (json) state.counters["json_bytes"] = static_cast<double>(bytes);
}

void sum_by_rate_of_30k_series(benchmark::State& state) {
  const ReadyStore store(30'000, 41, false);
  run_instant(state, store, "sum by (job, code) (rate(http_requests_total[5m]))");
}
void quantile_of_24k_buckets(benchmark::State& state) {
  const ReadyStore store(24'000, 41, true);
  run_instant(state, store, "histogram_quantile(0.99, sum by (le, job) (rate(request_seconds_bucket[5m])))");
}
void topk_of_6k_series(benchmark::State& state) {
  const ReadyStore store(6'000, 41, false);
  run_instant(state, store, "topk(10, http_requests_total)");
}
void an_hour_of_rates_of_1k_series(benchmark::State& state) {
  const ReadyStore store(1'000, 300, false);
  run_range(state, store, "sum by (job) (rate(http_requests_total[5m]))", false);
}
void an_hour_of_1k_series_as_json(benchmark::State& state) {
  const ReadyStore store(1'000, 300, false);
  run_range(state, store, "http_requests_total", true);
}
void a_quotient_of_two_vectors_of_10k_series(benchmark::State& state) {
  const ReadyStore store(10'000, 41, false);
  run_instant(state, store, "http_requests_total / http_requests_total");
}

BENCHMARK(sum_by_rate_of_30k_series)->Unit(benchmark::kMillisecond);
BENCHMARK(quantile_of_24k_buckets)->Unit(benchmark::kMillisecond);
BENCHMARK(topk_of_6k_series)->Unit(benchmark::kMillisecond);
BENCHMARK(an_hour_of_rates_of_1k_series)->Unit(benchmark::kMillisecond);
BENCHMARK(an_hour_of_1k_series_as_json)->Unit(benchmark::kMillisecond);
BENCHMARK(a_quotient_of_two_vectors_of_10k_series)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aloft::telemetry::promql
