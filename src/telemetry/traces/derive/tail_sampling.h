// Sampling when a trace is complete: spans wait in memory until their trace has been quiet, then policies
// decide about all of it. What waits is bounded; beyond, the oldest traces are decided early.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "io/guarded.h"
#include "io/loop.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"

namespace aloft::telemetry::traces {

struct SamplingPolicy {
  enum class Kind : std::uint8_t {
    always,
    latency,
    status_error,
    attribute,
    rate_limit,
    probability,
    all,
    any,
    inverse
  };
  Kind kind = Kind::always;
  std::string name;
  Duration latency{};               // latency: traces that last at least this long
  std::string key;                  // attribute: of a span or its resource
  std::vector<std::string> values;  // attribute: one of these; empty: whatever the value
  double spans_per_second = 0;      // rate_limit
  double probability = 0;
  std::vector<SamplingPolicy> parts;  // all, any; inverse has one
};

struct TailSamplingSettings {
  std::vector<SamplingPolicy> policies;  // a trace is kept when one of them says so
  Duration quiet = 5s;                   // after the last span of a trace
  Duration longest = 60s;                // after its first one
  std::size_t traces = 50'000;           // that wait, at most
  std::size_t bytes = 64 * 1024 * 1024;  // of waiting spans, about
  std::size_t remembered = 200'000;      // decisions kept for spans that come late
};

// Stands in front of the store as the pipeline's exporter. Spans that wait are in memory only: they are lost
// with the process, and a failure of the store behind it shows in its own metric, not in the answer.
class TailSampler final : public Exporter<SpanBatch> {
 public:
  TailSampler(Exporter<SpanBatch>& next, TailSamplingSettings settings, const Clock& clock, Metrics& metrics);
  std::string_view name() const override { return "tail sampling"; }
  Result<WriteReport> write(const SpanBatch& batch) override;

  // Decides about the traces that are due and hands the kept ones on. Any thread.
  void decide_due();
  // Decides about all, for the end of the process.
  void decide_all();
  // Calls decide_due() every second until dropped.
  io::Task<> run(io::Loop& loop);
  std::size_t waiting() const;

 private:
  struct Waiting {
    SpanBatch batch;
    std::size_t spans = 0;
    std::size_t bytes = 0;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
  };
  struct IdHash {
    std::size_t operator()(const TraceId& id) const;
  };
  struct State {
    std::unordered_map<TraceId, Waiting, IdHash> waiting;
    std::deque<TraceId> order;  // by arrival of the first span
    std::size_t bytes = 0;
    std::unordered_map<TraceId, bool, IdHash> decided;
    std::unordered_map<TraceId, bool, IdHash> decided_before;
    double tokens = 0;  // of rate limits, in spans
    std::int64_t tokens_at_ns = 0;
  };
  enum class Due { by_time, all };
  void decide(Due due);
  bool keep(const SamplingPolicy& policy, const TraceId& id, const Waiting& trace, State& state) const;
  void remember(State& state, const TraceId& id, bool kept) const;
  void hand_on(std::vector<SpanBatch> kept);

  Exporter<SpanBatch>& next_;
  TailSamplingSettings settings_;
  const Clock& clock_;
  Counter& kept_;
  Counter& dropped_;
  Counter& early_;
  Counter& failed_;
  mutable io::Guarded<State> state_;
};

}  // namespace aloft::telemetry::traces
