// What Jaeger's searches ask for, whatever protocol they come by, and the TraceQL query that stands for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "telemetry/traces/store/part.h"

namespace aloft::telemetry::traces {

inline constexpr std::size_t jaeger_search_limit = 1500;

// A search for traces with a span to which all of it applies; or, when there are ids, for those traces.
struct JaegerSearch {
  std::vector<TraceId> ids;
  std::string service;
  std::string operation;  // empty: any
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<Duration> least_duration;
  std::optional<Duration> most_duration;
  TimeRange range;
  std::size_t limit = 100;
};

// Parameters: traceID (several), or service, operation, tags (a JSON object), tag (key:value), minDuration,
// maxDuration, start, end, lookback, limit. Error: invalid, naming the parameter.
Result<JaegerSearch> parse_jaeger_search(const http::Query& parameters, std::int64_t now_ns);
std::string query_of(const JaegerSearch& search);

}  // namespace aloft::telemetry::traces
