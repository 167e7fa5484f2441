// Fields that are zero are left out, as protobuf's JSON mapping does.
#include "telemetry/traces/api/otlp_json.h"

#include <cmath>

#include "base/bytes.h"
#include "telemetry/traces/span_kinds.h"

namespace aloft::telemetry::traces {
namespace {

template <class Id>
std::string base64_of(const Id& id) {
  return base64_encode(std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

void write_time(JsonWriter& json, std::string_view key, std::int64_t time_ns) {
  if (time_ns != 0) json.key(key).string(std::to_string(static_cast<std::uint64_t>(time_ns)));
}

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.key(key).string(text);
}

void write_count(JsonWriter& json, std::string_view key, std::uint32_t count) {
  if (count != 0) json.key(key).number(std::uint64_t{count});
}

void write_attributes(JsonWriter& json, const Attributes& attributes) {
  if (attributes.empty()) return;
  json.key("attributes");
  write_key_values(json, attributes);
}

void write_event(JsonWriter& json, const SpanEvent& event) {
  json.begin_object();
  write_time(json, "timeUnixNano", event.time_ns);
  write_text(json, "name", event.name);
  write_attributes(json, event.attributes);
  json.end_object();
}

void write_link(JsonWriter& json, const SpanLink& link) {
  json.begin_object();
  json.key("traceId").string(base64_of(link.trace_id));
  json.key("spanId").string(base64_of(link.span_id));
  write_text(json, "traceState", link.trace_state);
  write_attributes(json, link.attributes);
  json.end_object();
}

void write_span(JsonWriter& json, const Span& span) {
  json.begin_object();
  json.key("traceId").string(base64_of(span.trace_id));
  json.key("spanId").string(base64_of(span.span_id));
  write_text(json, "traceState", span.trace_state);
  if (span.parent_id != SpanId{}) json.key("parentSpanId").string(base64_of(span.parent_id));
  write_count(json, "flags", span.flags);
  write_text(json, "name", span.name);
  if (span.kind != SpanKind::unspecified) json.key("kind").string(kind_constant(span.kind));
  write_time(json, "startTimeUnixNano", span.start_ns);
  write_time(json, "endTimeUnixNano", span.end_ns);
  write_attributes(json, span.attributes);
  write_count(json, "droppedAttributesCount", span.dropped_attributes);
  if (!span.events.empty()) {
    json.key("events").begin_array();
    for (const SpanEvent& event : span.events) write_event(json, event);
    json.end_array();
  }
  write_count(json, "droppedEventsCount", span.dropped_events);
  if (!span.links.empty()) {
    json.key("links").begin_array();
    for (const SpanLink& link : span.links) write_link(json, link);
    json.end_array();
  }
  write_count(json, "droppedLinksCount", span.dropped_links);
  json.key("status").begin_object();
  write_text(json, "message", span.status_message);
  if (span.status == SpanStatus::ok) json.key("code").string("STATUS_CODE_OK");
  if (span.status == SpanStatus::error) json.key("code").string("STATUS_CODE_ERROR");
  json.end_object();
  json.end_object();
}

}  // namespace

void write_any_value(JsonWriter& json, const AttributeValue& value) {
  json.begin_object();
  switch (value.data.index()) {
    case 1:
      json.key("stringValue").string(std::get<1>(value.data));
      break;
    case 2:
      json.key("boolValue").boolean(std::get<2>(value.data));
      break;
    case 3:
      json.key("intValue").string(std::to_string(std::get<3>(value.data)));
      break;
    case 4: {
      const double number = std::get<4>(value.data);
      json.key("doubleValue");
      if (std::isnan(number)) {
        json.string("NaN");
      } else if (std::isinf(number)) {
        json.string(number > 0 ? "Infinity" : "-Infinity");
      } else {
        json.number(number);
      }
      break;
    }
    case 5:
      json.key("bytesValue").string(base64_encode(std::get<5>(value.data).bytes));
      break;
    case 6:
      json.key("arrayValue").begin_object().key("values").begin_array();
      for (const AttributeValue& item : std::get<6>(value.data)) write_any_value(json, item);
      json.end_array().end_object();
      break;
    case 7:
      json.key("kvlistValue").begin_object().key("values");
      write_key_values(json, std::get<7>(value.data));
      json.end_object();
      break;
    default:
      break;
  }
  json.end_object();
}

void write_key_values(JsonWriter& json, const Attributes& attributes) {
  json.begin_array();
  for (const auto& [key, value] : attributes) {
    json.begin_object().key("key").string(key).key("value");
    write_any_value(json, value);
    json.end_object();
  }
  json.end_array();
}

void write_resource_spans(JsonWriter& json, const SpanBatch& batch) {
  json.begin_array();
  for (const ResourceSpans& resource : batch.resources) {
    json.begin_object().key("resource").begin_object();
    write_attributes(json, resource.resource);
    json.end_object().key("scopeSpans").begin_array();
    for (const ScopeSpans& scope : resource.scopes) {
      json.begin_object().key("scope").begin_object();
      write_text(json, "name", scope.scope.name);
      write_text(json, "version", scope.scope.version);
      write_attributes(json, scope.scope.attributes);
      json.end_object().key("spans").begin_array();
      for (const Span& span : scope.spans) write_span(json, span);
      json.end_array().end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace aloft::telemetry::traces
