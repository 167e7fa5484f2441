// Parameters of Loki's HTTP interface: times, steps, directions and their defaults.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "telemetry/logs/logql/engine.h"

namespace aloft::telemetry::logs {

// Nanoseconds, seconds (ten digits at most, or with decimals) or RFC 3339. Error: bad_request, naming the
// text.
Result<std::int64_t> parse_query_time(std::string_view text);
// A duration ("5m", "1h30m") or seconds. Error: bad_request.
Result<Duration> parse_query_duration(std::string_view text);

struct TimeRange {
  std::int64_t start_ns = 0, end_ns = 0;
};
// start, end and since; `otherwise` long when nothing is said.
Result<TimeRange> time_range(const http::Query& form, std::int64_t now_ns,
                             Duration otherwise = std::chrono::hours(1));
// All of /query_range or, with `instant`, of /query.
Result<logql::QueryRequest> query_request(const http::Query& form, std::int64_t now_ns, bool instant);
// How long a follower waits for what comes late: delay_for, seconds. Error: bad_request.
Result<Duration> tail_delay(const http::Query& form);
// A positive number. Error: bad_request.
Result<std::size_t> parse_limit(const http::Query& form, std::string_view name, std::size_t otherwise);

}  // namespace aloft::telemetry::logs
