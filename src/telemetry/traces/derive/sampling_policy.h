// What says whether a trace is worth keeping: policies as the OpenTelemetry Collector's tail sampling has
// them, and their judgement about a trace that has been gathered.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "telemetry/core/regex.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

struct SamplingPolicy {
  enum class Kind : std::uint8_t {
    always,
    latency,  // the trace lasts from `least` to `most`
    status,   // a span has one of the statuses
    text,     // a span or its resource has the attribute with one of the values, or one that a pattern finds
    number,   // ... with a value from least_number to most_number
    boolean,  // ... with this value
    trace_state,  // a span's trace state has the key with one of the values
    trace_flags,  // a span was sampled by who made it
    probability,
    rate_limit,
    span_count,  // from least_spans to most_spans
    all,         // every part says so
    inverse,     // its one part does not say so
    drop         // as `all`, but such traces are left out whatever others say
  };
  Kind kind = Kind::always;
  std::string name;
  Duration least{};
  Duration most{};  // zero: none
  std::vector<SpanStatus> statuses;
  std::string key;
  std::vector<std::string> values;
  std::vector<std::shared_ptr<const Regex>> patterns;
  bool inverted = false;  // text, number, boolean: no span may have it
  double least_number = -std::numeric_limits<double>::infinity();
  double most_number = std::numeric_limits<double>::infinity();
  bool flag = true;
  double probability = 0;
  std::uint64_t salt = 0x7461696c;  // so that the choice is another one than of head sampling
  double spans_per_second = 0;
  std::uint64_t least_spans = 0;
  std::uint64_t most_spans = std::numeric_limits<std::uint64_t>::max();
  std::vector<SamplingPolicy> parts;
};

// A span where it arrived: the batch, shared by the spans of its traces, and the place in it. The span may be
// taken out by whoever owns its trace; the rest of the batch stays as it is.
struct SpanPlace {
  std::shared_ptr<SpanBatch> batch;
  std::uint32_t resource = 0;
  std::uint32_t scope = 0;
  std::uint32_t index = 0;
  ScopeSpans& scope_spans() const { return batch->resources[resource].scopes[scope]; }
  Span& span() const { return scope_spans().spans[index]; }
  const Attributes& resource_attributes() const { return batch->resources[resource].resource; }
};
// All spans of a batch.
std::vector<SpanPlace> places_of(const std::shared_ptr<SpanBatch>& batch);

// So many units a second, with one second's units saved up at most. Not synchronised.
class TokenBucket {
 public:
  explicit TokenBucket(double per_second) : per_second_(per_second), tokens_(per_second) {}
  bool take(double units, std::int64_t now_ns);

 private:
  double per_second_;
  double tokens_;
  std::int64_t at_ns_ = 0;
};

// Used by one thread at a time, since rates are counted.
class SamplingJudge {
 public:
  explicit SamplingJudge(std::vector<SamplingPolicy> policies);
  // True when no policy of kind drop speaks against the trace and one of the others for it. `trace`: its
  // spans.
  bool keeps(const TraceId& id, std::span<const SpanPlace> trace, std::int64_t now_ns);

 private:
  // A policy with the state that it needs.
  struct Judged {
    const SamplingPolicy* policy = nullptr;
    TokenBucket bucket;
    std::vector<Judged> parts;
  };
  static std::vector<Judged> prepare(const std::vector<SamplingPolicy>& policies);
  bool says_yes(Judged& judged, const TraceId& id, std::span<const SpanPlace> trace, std::int64_t now_ns);

  std::vector<SamplingPolicy> policies_;
  std::vector<Judged> judged_;
};

}  // namespace aloft::telemetry::traces
