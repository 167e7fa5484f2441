// OpenTelemetry's spans in Jaeger's model: kind, status and scope become tags, events become logs, links
// become references, resources become processes. Times in microseconds.
#include "telemetry/traces/api/jaeger_json.h"

#include "telemetry/traces/traceql/value.h"

namespace aloft::telemetry::traces {
namespace {

void write_tag(JsonWriter& json, std::string_view key, std::string_view type, std::string_view text) {
  json.begin_object().key("key").string(key).key("type").string(type).key("value").string(text).end_object();
}

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

void write_span_tags(JsonWriter& json, const Span& span, const InstrumentationScope& scope) {
  json.key("tags").begin_array();
  for (const auto& [key, value] : span.attributes) write_tag(json, key, value);
  if (span.kind != SpanKind::unspecified)
    write_tag(json, "span.kind", "string", traceql::kind_name(span.kind));
  if (!scope.name.empty()) write_tag(json, "otel.scope.name", "string", scope.name);
  if (!scope.version.empty()) write_tag(json, "otel.scope.version", "string", scope.version);
  if (span.status == SpanStatus::error) {
    write_tag(json, "otel.status_code", "string", "ERROR");
    if (find_attribute(span.attributes, "error") == nullptr) write_tag(json, "error", AttributeValue(true));
  }
  if (span.status == SpanStatus::ok) write_tag(json, "otel.status_code", "string", "OK");
  if (!span.status_message.empty()) write_tag(json, "otel.status_description", "string", span.status_message);
  if (!span.trace_state.empty()) write_tag(json, "w3c.tracestate", "string", span.trace_state);
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
  write_span_tags(json, span, scope);
  json.key("logs").begin_array();
  for (const SpanEvent& event : span.events) {
    json.begin_object().key("timestamp").number(micros(event.time_ns)).key("fields").begin_array();
    if (!event.name.empty()) write_tag(json, "event", "string", event.name);
    for (const auto& [key, value] : event.attributes) write_tag(json, key, value);
    json.end_array().end_object();
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
    const AttributeValue* service = find_attribute(resource, "service.name");
    json.key(fmt::format("p{}", i + 1)).begin_object();
    json.key("serviceName").string(service != nullptr ? service->to_text() : "OTLPResourceNoServiceName");
    json.key("tags").begin_array();
    for (const auto& [key, value] : resource) {
      if (key != "service.name") write_tag(json, key, value);
    }
    json.end_array().end_object();
  }
  json.end_object().key("warnings").null().end_object();
}

std::string jaeger_answer(std::string_view data, std::size_t total) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("data").raw(data).key("total").number(static_cast<std::uint64_t>(total));
  json.key("limit").number(std::uint64_t{0}).key("offset").number(std::uint64_t{0}).key("errors").null();
  json.end_object();
  return body;
}

std::string jaeger_error(int code, std::string_view message) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .key("data")
      .null()
      .key("total")
      .number(std::uint64_t{0})
      .key("limit")
      .number(std::uint64_t{0});
  json.key("offset").number(std::uint64_t{0}).key("errors").begin_array().begin_object();
  json.key("code")
      .number(std::int64_t{code})
      .key("msg")
      .string(message)
      .end_object()
      .end_array()
      .end_object();
  return body;
}

}  // namespace aloft::telemetry::traces
