// Sampling when spans arrive: a share of all traces, decided by the trace id alone, so that every part of a
// system and every batch of a trace decides alike; and not more new traces a second than are allowed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/guarded.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/traces/derive/sampling_policy.h"
#include "telemetry/traces/derive/trace_decisions.h"

namespace aloft::telemetry::traces {

struct HeadSamplingSettings {
  double probability = 1;                                 // of traces that are kept
  std::map<std::string, double, std::less<>> by_service;  // service.name to its own probability
  double traces_per_second = 0;                           // zero: no limit
};

// True when a trace belongs to the kept share. Different salts choose independently of one another.
bool is_sampled(const TraceId& id, double probability, std::uint64_t salt = 0);

// Any thread.
class HeadSampler {
 public:
  HeadSampler(HeadSamplingSettings settings, const Clock& clock, Metrics& metrics);
  // False when every trace is kept.
  bool active() const;
  // The spans that are kept.
  SpanBatch sample(const SpanBatch& batch);

 private:
  struct Rate {
    TokenBucket bucket{0};
    // Which traces had room: their later spans follow.
    TraceDecisions decisions{200'000};
  };
  // Which spans are kept, in the order of the batch.
  std::vector<bool> choose(const SpanBatch& batch);
  double probability_of(const ResourceSpans& resource) const;
  bool has_room(Rate& rate, const TraceId& id, std::int64_t now_ns) const;

  HeadSamplingSettings settings_;
  const Clock& clock_;
  Counter& dropped_;
  Counter& limited_;
  io::Guarded<Rate> rate_;
};

}  // namespace aloft::telemetry::traces
