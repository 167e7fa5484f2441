// OpenTelemetry's spans in Jaeger's model: kind, status and scope become tags, events become logs, links
// become references, resources become processes. Times in microseconds.
#include "telemetry/traces/api/jaeger_json.h"

#include "telemetry/traces/api/jaeger_model.h"

namespace aloft::telemetry::traces {
namespace {

void write_tag(JsonWriter& json, std::string_view key, const AttributeValue& value) {
  json.begin_object().key("key").string(key);
  switch (value.data.index()) {
    case 2:
      json.key("type").string("bool").key("value").boolean(std::get<2>(value.data));
      break;
    case 3:
      json.key("type").string("int64").key("value").number(std::get<3>(value.data));
      break;
    case 4:
      json.key("type").string("float64").key("value").number(std::get<4>(value.data));
      break;
    case 5:
      json.key("type").string("binary").key("value").string(value.to_text());
      break;
    default:
      json.key("type").string("string").key("value").string(value.to_text());
  }
  json.end_object();
}

std::int64_t micros(std::int64_t ns) { return ns / 1000; }

void write_reference(JsonWriter& json, std::string_view type, const TraceId& trace, const SpanId& span) {
  json.begin_object().key("refType").string(type);
  json.key("traceID").string(jaeger_trace_id(trace)).key("spanID").string(to_hex(span)).end_object();
}

void write_tags(JsonWriter& json, std::string_view name, const Attributes& tags) {
  json.key(name).begin_array();
  for (const auto& [key, value] : tags) write_tag(json, key, value);
  json.end_array();
}

void write_span(JsonWriter& json, const Span& span, const InstrumentationScope& scope,
                const std::string& process) {
  json.begin_object();
  json.key("traceID").string(jaeger_trace_id(span.trace_id)).key("spanID").string(to_hex(span.span_id));
  json.key("flags").number(std::uint64_t{span.flags == 0 ? 1U : span.flags & 0xFFU});
  json.key("operationName").string(span.name).key("references").begin_array();
  if (span.parent_id != SpanId{}) write_reference(json, "CHILD_OF", span.trace_id, span.parent_id);
  for (const SpanLink& link : span.links) write_reference(json, "FOLLOWS_FROM", link.trace_id, link.span_id);
  json.end_array();
  json.key("startTime").number(micros(span.start_ns));
  json.key("duration").number(std::max<std::int64_t>(micros(span.end_ns) - micros(span.start_ns), 0));
  write_tags(json, "tags", jaeger_tags(span, scope));
  json.key("logs").begin_array();
  for (const SpanEvent& event : span.events) {
    json.begin_object().key("timestamp").number(micros(event.time_ns));
    write_tags(json, "fields", jaeger_fields(event));
    json.end_object();
  }
  json.end_array();
  json.key("processID").string(process).key("warnings").null().end_object();
}

}  // namespace

std::string jaeger_trace_id(const TraceId& id) {
  const std::string hex = to_hex(id);
  return hex.find_first_not_of('0') >= 16 ? hex.substr(16) : hex;
}

void write_jaeger_trace(JsonWriter& json, const TraceId& id, const SpanBatch& trace) {
  json.begin_object().key("traceID").string(jaeger_trace_id(id)).key("spans").begin_array();
  for (std::size_t i = 0; i < trace.resources.size(); ++i) {
    const std::string process = fmt::format("p{}", i + 1);
    for (const ScopeSpans& scope : trace.resources[i].scopes) {
      for (const Span& span : scope.spans) write_span(json, span, scope.scope, process);
    }
  }
  json.end_array().key("processes").begin_object();
  for (std::size_t i = 0; i < trace.resources.size(); ++i) {
    const Attributes& resource = trace.resources[i].resource;
    json.key(fmt::format("p{}", i + 1)).begin_object();
    json.key("serviceName").string(jaeger_service(resource));
    json.key("tags").begin_array();
    for (const auto& [key, value] : resource) {
      if (key != "service.name") write_tag(json, key, value);
    }
    json.end_array().end_object();
  }
  json.end_object().key("warnings").null().end_object();
}

namespace {

std::string answer(std::string_view data, std::size_t total, std::span<const JaegerProblem> problems) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("data").raw(data).key("total").number(static_cast<std::uint64_t>(total));
  json.key("limit").number(std::uint64_t{0}).key("offset").number(std::uint64_t{0}).key("errors");
  if (problems.empty()) {
    json.null();
  } else {
    json.begin_array();
    for (const JaegerProblem& problem : problems) {
      json.begin_object();
      if (problem.code != 0) json.key("code").number(std::int64_t{problem.code});
      json.key("msg").string(problem.message);
      if (problem.trace) json.key("traceID").string(jaeger_trace_id(*problem.trace));
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return body;
}

}  // namespace

std::string jaeger_answer(std::string_view data, std::size_t total,
                          const std::vector<JaegerProblem>& problems) {
  return answer(data, total, problems);
}

std::string jaeger_error(int code, std::string_view message) {
  const JaegerProblem problem{.code = code, .message = std::string(message), .trace = std::nullopt};
  return answer("null", 0, std::span(&problem, 1));
}

}  // namespace aloft::telemetry::traces
