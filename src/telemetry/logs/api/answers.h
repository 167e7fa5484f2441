// Answers of Loki's HTTP interface as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/json_writer.h"
#include "telemetry/logs/logql/engine.h"

namespace aloft::telemetry::logs {

// With `categorized` the labels beside the stream's stand with each entry, by where they come from.
std::string query_answer(const logql::QueryResult& result, bool categorized);
// The interface below /loki/api/v1, and the one before it below /api/prom.
enum class Form { v1, legacy };
// {"status":"success","data":[...]}, {"values":[...]}
std::string list_answer(const std::vector<std::string>& items, Form form = Form::v1);
// Streams of a log query as /api/prom/query gives them: {"streams":[{"labels":"{...}","entries":[...]}]}.
std::string legacy_answer(const logql::QueryResult& result);
std::string series_answer(const std::vector<Labels>& series);
// Streams of a log query alone: [{"stream":{...},"values":[...]}].
void append_streams(std::string& out, const std::vector<logql::ResultStream>& streams, bool categorized);
// {"name":"value",...}
void write_labels(JsonWriter& json, LabelsView labels);
// Seconds with milliseconds as far as there are any.
std::string time_text(std::int64_t time_ns);

}  // namespace aloft::telemetry::logs
