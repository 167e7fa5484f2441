// Traces in the JSON of Jaeger's query service, which its own page and Grafana's data source read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/json_writer.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// 16 or 32 hex digits, as Jaeger writes ids of 64 and 128 bits.
std::string jaeger_trace_id(const TraceId& id);
// {"traceID":...,"spans":[...],"processes":{...},"warnings":null}
void write_jaeger_trace(JsonWriter& json, const TraceId& id, const SpanBatch& trace);
// One of an answer's errors.
struct JaegerProblem {
  int code = 0;  // zero: none
  std::string message;
  std::optional<TraceId> trace;
};
// {"data":[...],"total":n,"limit":0,"offset":0,"errors":null} around data that is JSON already.
std::string jaeger_answer(std::string_view data, std::size_t total,
                          const std::vector<JaegerProblem>& problems = {});
std::string jaeger_error(int code, std::string_view message);

}  // namespace aloft::telemetry::traces
