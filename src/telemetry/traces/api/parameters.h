// Parameters of requests: times in the forms that Grafana and people write, durations, counts, tags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "telemetry/traces/store/part.h"
#include "telemetry/traces/traceql/ast.h"

namespace aloft::telemetry::traces {

// Unix seconds, with decimals or in milli-, micro- or nanoseconds by size, or RFC 3339. Error: invalid.
Result<std::int64_t> parse_time_parameter(std::string_view name, std::string_view text);
// `start` and `end`; open where they are missing. Error: invalid.
Result<TimeRange> parse_range(const http::Query& parameters);
// A whole number above zero. Error: invalid.
Result<std::size_t> parse_count(const http::Query& parameters, std::string_view name, std::size_t otherwise,
                                std::size_t most);

// `a=b c="d e"` as a TraceQL query: text anywhere in the value in any case, as Tempo's search by tags has it.
// Error: invalid.
Result<std::string> query_of_tags(std::string_view tags, std::string_view least_duration,
                                  std::string_view most_duration);
// A filter as it is; of a query that an editor has not finished the comparisons that are, joined by &&; empty
// when there are none.
std::string usable_filter(std::string_view query);
// A field as TraceQL names it: `resource.service.name`, `.foo`, `span:name`. Error: invalid.
Result<traceql::FieldName> parse_field_name(std::string_view text);

}  // namespace aloft::telemetry::traces
