// How fast spans come in, how small they become, and how fast they are found. Beside the aims: 300,000
// spans/s on two cores, a tenth of the OTLP protobuf bytes, a trace by id in 5 ms.
#include <thread>

#include <benchmark/benchmark.h>

#include "telemetry/traces/api/otlp_proto.h"
#include "telemetry/traces/derive/tail_sampling.h"
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/testing/spans.h"
#include "telemetry/traces/testing/workload.h"
#include "telemetry/traces/traceql/engine.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::size_t batches = 400;
constexpr std::size_t traces_per_batch = 40;

std::vector<SpanBatch> make_batches() {
  std::vector<SpanBatch> out;
  for (std::size_t i = 0; i < batches; ++i) out.push_back(testing::shop_batch(i + 1, traces_per_batch));
  return out;
}

// Two senders at once, blocks and compaction included; the counters tell the size.
void ingest(benchmark::State& state) {
  const std::vector<SpanBatch> input = make_batches();
  std::size_t spans = 0;
  std::size_t bytes = 0;
  for (const SpanBatch& batch : input) {
    spans += batch.span_count();
    bytes += encode_traces_data(batch).size();
  }
  double disk = 0;
  for (auto _ : state) {
    testing::TestStore test;
    const auto send = [&](std::size_t from) {
      for (std::size_t i = from; i < input.size(); i += 2) {
        if (!test.store().write(input[i])) std::abort();
      }
    };
    std::thread other(send, 1);
    send(0);
    other.join();
    if (!test.store().flush()) std::abort();
    disk = static_cast<double>(test.store().status().block_bytes);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(spans) * state.iterations());
  state.counters["otlp_bytes_per_span"] = static_cast<double>(bytes) / static_cast<double>(spans);
  state.counters["disk_bytes_per_span"] = disk / static_cast<double>(spans);
  state.counters["ratio"] = static_cast<double>(bytes) / disk;
}
BENCHMARK(ingest)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

// The same behind tail sampling that keeps everything, which is the most work that it can have.
void ingest_behind_tail_sampling(benchmark::State& state) {
  const std::vector<SpanBatch> input = make_batches();
  std::size_t spans = 0;
  for (const SpanBatch& batch : input) spans += batch.span_count();
  for (auto _ : state) {
    testing::TestStore test;
    Metrics metrics;
    TailSamplingSettings settings;
    settings.policies.emplace_back();
    settings.bytes = 1024 * 1024 * 1024;
    settings.folder = test.folder() + "/undecided";
    auto sampler = TailSampler::open(test.store(), std::move(settings), test.clock(), metrics);
    if (!sampler) std::abort();
    for (const SpanBatch& batch : input) {
      if (!(*sampler)->write(batch)) std::abort();
    }
    (*sampler)->decide_all();
    if (!test.store().flush()) std::abort();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(spans) * state.iterations());
}
BENCHMARK(ingest_behind_tail_sampling)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

class Filled {
 public:
  Filled() {
    for (const SpanBatch& batch : make_batches()) {
      if (!test_.store().write(batch)) std::abort();
      ids_.push_back(batch.resources[0].scopes[0].spans[0].trace_id);
    }
    if (!test_.store().flush()) std::abort();
  }
  testing::TestStore test_;
  std::vector<TraceId> ids_;
};

void trace_by_id(benchmark::State& state) {
  Filled filled;
  std::size_t i = 0;
  for (auto _ : state) {
    auto trace = filled.test_.store().trace(filled.ids_[i++ % filled.ids_.size()]);
    if (!trace) std::abort();
    benchmark::DoNotOptimize(trace);
  }
}
BENCHMARK(trace_by_id)->Unit(benchmark::kMicrosecond);

// As many blocks as a store has after weeks without compaction.
class ManyBlocks {
 public:
  explicit ManyBlocks(std::size_t blocks) {
    for (std::size_t i = 0; i < blocks; ++i) {
      const SpanBatch batch = testing::shop_batch(i + 1, 160);
      if (!test_.store().write(batch) || !test_.store().flush()) std::abort();
      ids_.push_back(batch.resources[0].scopes[0].spans[0].trace_id);
    }
  }
  testing::TestStore test_;
  std::vector<TraceId> ids_;
};

void trace_by_id_over_blocks(benchmark::State& state) {
  ManyBlocks many(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  for (auto _ : state) {
    auto trace = many.test_.store().trace(many.ids_[i++ * 7 % many.ids_.size()]);
    if (!trace) std::abort();
    benchmark::DoNotOptimize(trace);
  }
}
// Making the blocks takes long, so they are made once.
BENCHMARK(trace_by_id_over_blocks)->Arg(10)->Arg(1000)->Iterations(2000)->Unit(benchmark::kMicrosecond);

void no_trace_over_blocks(benchmark::State& state) {
  ManyBlocks many(static_cast<std::size_t>(state.range(0)));
  std::uint64_t i = 0;
  for (auto _ : state) {
    TraceId id = many.ids_[i % many.ids_.size()];
    id[15] ^= 0x55;
    id[3] = static_cast<std::uint8_t>(++i);
    auto trace = many.test_.store().trace(id);
    benchmark::DoNotOptimize(trace);
  }
}
BENCHMARK(no_trace_over_blocks)->Arg(1000)->Iterations(2000)->Unit(benchmark::kMicrosecond);

void search(benchmark::State& state, const char* text) {
  Filled filled;
  const auto query = traceql::parse_query(text);
  const traceql::Engine engine(filled.test_.store(), filled.test_.pool(), 2);
  for (auto _ : state) {
    auto found = query->metrics ? engine
                                      .metrics(*query, {.start_ns = testing::base_time_ns,
                                                        .end_ns = testing::base_time_ns + 700'000'000'000,
                                                        .step_ns = 10'000'000'000})
                                      .has_value()
                                : engine.search(*query, {}).has_value();
    if (!found) std::abort();
  }
}
BENCHMARK_CAPTURE(search, attribute,
                  "{ span.http.response.status_code = 500 && resource.service.name = \"cart\" }")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, nothing, "{ span.url.path = \"/nowhere\" }")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, structure, "{ resource.service.name = \"frontend\" } >> { status = error }")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, rate, "{ } | rate() by (resource.service.name)")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aloft::telemetry::traces
