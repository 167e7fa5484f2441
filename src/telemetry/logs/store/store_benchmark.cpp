// How fast lines go in, how small they become and how fast they are searched.
#include <fstream>

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include "io/file.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs {
namespace {

std::vector<std::string> sample_lines() {
  std::vector<std::string> lines;
  const char* shared = ::getenv("ALOFT_SHARED_DIR");
  if (shared == nullptr) return lines;
  for (const char* name : {"Apache", "HDFS", "Hadoop", "Linux", "OpenSSH", "OpenStack", "Zookeeper"}) {
    std::ifstream file(fmt::format("{}/observability/loghub/{}_2k.log", shared, name));
    for (std::string line; std::getline(file, line);) {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

struct Prepared {
  std::vector<LogBatch> batches;
  std::size_t lines = 0, bytes = 0;
};

// The samples as they are (`variants` 1), or again and again with numbers changed.
Prepared prepare(std::size_t total) {
  Prepared out;
  const std::vector<std::string> lines = sample_lines();
  if (lines.empty()) return out;
  std::int64_t time = 1'700'000'000'000'000'000;
  for (std::size_t i = 0; out.lines < total;) {
    LogBatch batch;
    LogStream stream{.labels = Labels({{"app", fmt::format("app{}", i / 2000 % 7)}, {"job", "bench"}}),
                     .entries = {}};
    for (std::size_t n = 0; n < 1000 && out.lines < total; ++n, ++i, ++out.lines) {
      time += 1'000'000 + static_cast<std::int64_t>(i * 7919 % 100) * 10'000;
      LogEntry entry{.time_ns = time, .line = lines[i % lines.size()], .fields = {}};
      // Later rounds differ from the first one, as real logs do.
      const std::size_t round = i / lines.size();
      if (round > 0)
        for (char& c : entry.line)
          if (c >= '0' && c <= '9' && (i * 31 + static_cast<std::size_t>(&c - entry.line.data())) % 5 == 0)
            c = static_cast<char>('0' + (static_cast<std::size_t>(c - '0') + round) % 10);
      out.bytes += entry.line.size();
      stream.entries.push_back(std::move(entry));
    }
    batch.streams.push_back(std::move(stream));
    out.batches.push_back(std::move(batch));
  }
  return out;
}

struct Opened {
  Opened() {
    std::string form = "/tmp/logs_bench_XXXXXX";
    folder = ::mkdtemp(form.data());
    StoreSettings settings;
    settings.folder = folder;
    store = std::move(*LogStore::open(settings, clock, metrics));
  }
  ~Opened() {
    store.reset();
    (void)io::remove_tree(folder);
  }
  std::string folder;
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<LogStore> store;
};

void ingest(benchmark::State& state) {
  const Prepared prepared = prepare(static_cast<std::size_t>(state.range(0)));
  if (prepared.lines == 0) return state.SkipWithError("ALOFT_SHARED_DIR names no samples");
  double ratio = 0, merged = 0;
  for (auto _ : state) {
    Opened opened;
    for (const LogBatch& batch : prepared.batches)
      while (!opened.store->write(batch)) (void)opened.store->flush();
    (void)opened.store->flush();
    state.PauseTiming();
    ratio = static_cast<double>(prepared.bytes) / static_cast<double>(opened.store->status().block_bytes);
    (void)opened.store->compact();
    merged = static_cast<double>(prepared.bytes) / static_cast<double>(opened.store->status().block_bytes);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(prepared.lines * state.iterations()));
  state.SetBytesProcessed(static_cast<std::int64_t>(prepared.bytes * state.iterations()));
  state.counters["compression"] = ratio;
  state.counters["compression_merged"] = merged;
}
BENCHMARK(ingest)
    ->Arg(14000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void search(benchmark::State& state, const char* literal) {
  const Prepared prepared = prepare(500'000);
  if (prepared.lines == 0) return state.SkipWithError("ALOFT_SHARED_DIR names no samples");
  Opened opened;
  for (const LogBatch& batch : prepared.batches)
    while (!opened.store->write(batch)) (void)opened.store->flush();
  (void)opened.store->flush();
  std::size_t found = 0;
  for (auto _ : state) {
    found = 0;
    const auto scan = opened.store->scan({.tenant = "",
                                          .matchers = {},
                                          .start_ns = INT64_MIN,
                                          .end_ns = INT64_MAX,
                                          .literals = {literal},
                                          .fields = {}});
    for (std::size_t unit = 0; unit < scan->units().size(); ++unit)
      for (const auto& run : scan->read(unit)->runs) found += run.rows.size();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(prepared.bytes * state.iterations()));
  state.counters["found"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(search, common_word, "error")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, absent_word, " absent4711word ")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, absent_text, "absent text")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aloft::telemetry::logs
