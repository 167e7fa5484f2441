// Sampling when a trace is complete: its spans wait for a while after the first one, then policies decide
// about all of it. What waits stands in a log too and is bounded in memory; beyond, the oldest traces are
// decided early.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "io/guarded.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/traces/derive/sampling_policy.h"
#include "telemetry/traces/derive/trace_decisions.h"
#include "telemetry/traces/derive/undecided_log.h"
#include "telemetry/traces/store/trace_limits.h"

namespace aloft::telemetry::traces {

struct TailSamplingSettings {
  std::vector<SamplingPolicy> policies;
  Duration decision_wait = 30s;          // after a trace's first span
  Duration wait_after_root{};            // after its root span, when that is sooner; zero: that is no sign
  std::size_t traces = 50'000;           // that wait, at most
  std::size_t bytes = 64 * 1024 * 1024;  // of waiting spans, about
  std::size_t remembered = 400'000;      // decisions kept for spans that come late
  std::string folder;                    // of the log; empty: what waits is lost with the process
  TraceLimits limits;
};

// Stands in front of the store as the pipeline's exporter; its answer means that the spans are durable and
// will be judged. When the store refuses kept spans they wait on, and new ones are refused when they fill the
// memory.
class TailSampler final : public Exporter<SpanBatch> {
  struct Opened {};

 public:
  // Takes up what waited when the process ended. Blocks for the disk. Error: I/O on the folder.
  static Result<std::unique_ptr<TailSampler>> open(Exporter<SpanBatch>& next, TailSamplingSettings settings,
                                                   const Clock& clock, Metrics& metrics);
  TailSampler(Opened, Exporter<SpanBatch>& next, TailSamplingSettings settings, const Clock& clock,
              Metrics& metrics);
  std::string_view name() const override { return "tail sampling"; }
  Result<WriteReport> write(const SpanBatch& batch) override;

  // Decides about the traces that are due, hands the kept ones on, and syncs the log. Any thread; blocks for
  // the disk.
  void decide_due();
  // Decides about all that wait.
  void decide_all();
  // Calls decide_due() on the pool every second until dropped.
  io::Task<> run(io::Loop& loop, io::Pool& pool);
  std::size_t waiting() const;

 private:
  struct Waiting {
    std::vector<SpanPlace> spans;
    std::size_t bytes = 0;
    std::int64_t first_ns = 0;
    LogPosition position;  // of its oldest record
    bool judged = false;   // its spans are being looked at; those that come meanwhile gather here
  };
  // A trace that is kept and not written yet.
  struct Kept {
    TraceId id{};
    std::vector<SpanPlace> spans;
    std::size_t bytes = 0;
    LogPosition position;
  };
  struct Arrival {
    TraceId id{};
    std::int64_t at_ns = 0;
  };
  struct State {
    explicit State(std::size_t remembered) : decisions(remembered) {}
    std::unordered_map<TraceId, Waiting, TraceIdHash> waiting;
    std::deque<Arrival> firsts;  // first spans, in order of arrival
    std::deque<Arrival> roots;   // root spans likewise
    std::deque<Kept> kept;
    std::size_t bytes = 0;  // of waiting and kept
    std::size_t kept_bytes = 0;
    TraceDecisions decisions;
    // Records being appended: nothing after these positions may be dropped.
    std::vector<std::pair<std::uint64_t, LogPosition>> appending;
    std::uint64_t tickets = 0;
    LogPosition position;
  };
  // A batch by what is known about its traces.
  struct Sorted {
    SpanBatch undecided;
    SpanBatch late;  // of kept traces
  };
  enum class Due { by_time, all };

  Sorted sort_out(const SpanBatch& batch, const std::vector<bool>& take);
  Result<> gather(SpanBatch undecided, SpanBatch& late);
  void add_waiting(State& state, std::vector<SpanPlace> spans, LogPosition position, SpanBatch& late);
  bool crowded(const State& state) const;
  void decide(Due due);
  std::vector<Kept> take_due(Due due);
  std::vector<Decision> judge(std::vector<Kept>& traces);
  void settle(std::vector<Kept>& traces, const std::vector<Decision>& decisions);
  // Writes kept traces to what is behind; the ids of those it took.
  std::vector<Decision> hand_on();
  void tidy_log();
  void show(const State& state);

  Exporter<SpanBatch>& next_;
  TailSamplingSettings settings_;
  const Clock& clock_;
  LiveTraces live_;
  SamplingJudge judge_;
  std::unique_ptr<UndecidedLog> log_;
  Counter& kept_;
  Counter& dropped_;
  Counter& early_;
  Counter& late_;
  Counter& failed_;
  Gauge& waiting_traces_;
  Gauge& waiting_bytes_;
  mutable io::Guarded<State> state_;
  std::atomic<bool> deciding_{false};
  // Of the thread that decides.
  std::int64_t tidied_ns_ = 0;
  bool store_refuses_ = false;
};

}  // namespace aloft::telemetry::traces
