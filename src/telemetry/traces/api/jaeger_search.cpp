// Reading of a search, and its conditions in TraceQL.
#include "telemetry/traces/api/jaeger_search.h"

#include <cmath>

#include "model/json.h"
#include "telemetry/core/durations.h"
#include "telemetry/traces/api/parameters.h"

namespace aloft::telemetry::traces {
namespace {

std::string quoted(std::string_view text) { return traceql::literal_text(traceql::string_value(text)); }

// Jaeger's tags are texts, whatever type the attribute has; span, process and log tags are alike.
std::string condition_of(const std::string& key, const std::string& value) {
  if (key == "error" && (value == "true" || value == "false")) {
    return value == "true" ? "status = error || .error = true" : "status != error";
  }
  if (key == "span.kind") {
    for (int kind = 0; kind <= static_cast<int>(SpanKind::consumer); ++kind) {
      if (value == traceql::kind_name(static_cast<SpanKind>(kind))) return "kind = " + value;
    }
  }
  if (key == "otel.status_code") {
    if (value == "ERROR") return "status = error";
    if (value == "OK") return "status = ok";
  }
  if (key == "otel.status_description") return "statusMessage = " + quoted(value);
  if (key == "otel.scope.name" || key == "otel.library.name")
    return "instrumentation:name = " + quoted(value);
  if (key == "otel.scope.version" || key == "otel.library.version") {
    return "instrumentation:version = " + quoted(value);
  }
  std::vector<std::string> literals = {quoted(value)};
  double number = 0;
  if (!value.empty() && parse_float(value, number) && std::isfinite(number)) {
    literals.push_back(traceql::literal_text(traceql::real_value(number)));
  }
  if (value == "true" || value == "false") literals.push_back(value);
  traceql::FieldName any;
  any.name = key;
  traceql::FieldName event;
  event.scope = traceql::Scope::event;
  event.name = key;
  std::string condition;
  for (const std::string& literal : literals) {
    if (!condition.empty()) condition += " || ";
    condition += to_string(any) + " = " + literal + " || " + to_string(event) + " = " + literal;
  }
  if (key == "event") condition += " || event:name = " + quoted(value);
  return condition;
}

// Members of JSON objects, and key:value texts.
Result<> read_tags(const http::Query& parameters, JaegerSearch& search) {
  for (const std::string_view text : parameters.all("tags")) {
    if (text.empty()) continue;
    const auto tags = model::parse_json(text);
    const model::Object* object = tags ? tags->if_object() : nullptr;
    if (object == nullptr) {
      return fail(Code::invalid,
                  fmt::format("malformed 'tags' parameter, expecting a JSON object of strings: {}", text));
    }
    for (const auto& [key, value] : *object) {
      const std::string* content = value.if_string();
      search.tags.emplace_back(key, content != nullptr ? *content : model::to_json(value));
    }
  }
  for (const std::string_view text : parameters.all("tag")) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      return fail(Code::invalid,
                  fmt::format("malformed 'tag' parameter, expecting key:value, received: {}", text));
    }
    search.tags.emplace_back(text.substr(0, colon), text.substr(colon + 1));
  }
  return {};
}

Result<std::optional<Duration>> read_duration(const http::Query& parameters, std::string_view name) {
  const std::string_view text = parameters.get(name).value_or("");
  if (text.empty()) return std::nullopt;
  auto duration = parse_duration(text);
  if (duration) return *duration;
  return fail(Code::invalid, fmt::format("unable to parse param '{}': {}", name, duration.error().message()));
}

}  // namespace

Result<JaegerSearch> parse_jaeger_search(const http::Query& parameters, std::int64_t now_ns) {
  JaegerSearch search;
  for (const std::string_view text : parameters.all("traceID")) {
    const auto id = parse_trace_id(text);
    if (!id) return fail(Code::invalid, fmt::format("cannot parse traceID param: {}", text));
    if (std::find(search.ids.begin(), search.ids.end(), *id) == search.ids.end()) search.ids.push_back(*id);
  }
  if (!search.ids.empty()) return search;
  search.service = parameters.get("service").value_or("");
  if (search.service.empty()) return fail(Code::invalid, "parameter 'service' is required");
  search.operation = parameters.get("operation").value_or("");
  if (search.operation == "all") search.operation.clear();
  TRY_DO(read_tags(parameters, search));
  TRY(least, read_duration(parameters, "minDuration"));
  TRY(most, read_duration(parameters, "maxDuration"));
  search.least_duration = least;
  search.most_duration = most;
  if (least && most && *most < *least)
    return fail(Code::invalid, "'maxDuration' should be greater than 'minDuration'");
  TRY(limit, parse_count(parameters, "limit", search.limit, jaeger_search_limit));
  search.limit = limit;
  TRY(range, parse_range(parameters));
  search.range = range;
  // The page sends `lookback` beside start and end; alone it counts back from now.
  const std::string_view lookback = parameters.get("lookback").value_or("");
  if (!lookback.empty() && lookback != "custom" && !parameters.get("start")) {
    auto duration = parse_prometheus_duration(lookback);
    if (!duration)
      return fail(Code::invalid,
                  fmt::format("unable to parse param 'lookback': {}", duration.error().message()));
    search.range.begin = now_ns - duration->count();
  }
  return search;
}

std::string query_of(const JaegerSearch& search) {
  std::vector<std::string> conditions;
  if (!search.service.empty()) conditions.push_back("resource.service.name = " + quoted(search.service));
  if (!search.operation.empty()) conditions.push_back("name = " + quoted(search.operation));
  for (const auto& [key, value] : search.tags) conditions.push_back(condition_of(key, value));
  if (search.least_duration) conditions.push_back("duration >= " + format_duration(*search.least_duration));
  if (search.most_duration) conditions.push_back("duration <= " + format_duration(*search.most_duration));
  std::string query = "{ ";
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (i > 0) query += " && ";
    query += "(" + conditions[i] + ")";
  }
  return query + " }";
}

}  // namespace aloft::telemetry::traces
