// Kind, status and scope become tags.
#include "telemetry/traces/api/jaeger_model.h"

#include "telemetry/traces/traceql/value.h"

namespace aloft::telemetry::traces {
namespace {

void add(Attributes& tags, std::string_view key, std::string_view text) {
  if (!text.empty()) tags.push_back({std::string(key), AttributeValue(std::string(text))});
}

}  // namespace

Attributes jaeger_tags(const Span& span, const InstrumentationScope& scope) {
  Attributes tags = span.attributes;
  if (span.kind != SpanKind::unspecified) add(tags, "span.kind", traceql::kind_name(span.kind));
  add(tags, "otel.scope.name", scope.name);
  add(tags, "otel.scope.version", scope.version);
  if (span.status == SpanStatus::error) {
    add(tags, "otel.status_code", "ERROR");
    if (find_attribute(span.attributes, "error") == nullptr) tags.push_back({"error", AttributeValue(true)});
  }
  if (span.status == SpanStatus::ok) add(tags, "otel.status_code", "OK");
  add(tags, "otel.status_description", span.status_message);
  add(tags, "w3c.tracestate", span.trace_state);
  return tags;
}

Attributes jaeger_fields(const SpanEvent& event) {
  Attributes fields;
  add(fields, "event", event.name);
  fields.insert(fields.end(), event.attributes.begin(), event.attributes.end());
  return fields;
}

std::string jaeger_service(const Attributes& resource) {
  const AttributeValue* service = find_attribute(resource, "service.name");
  return service != nullptr ? service->to_text() : "OTLPResourceNoServiceName";
}

}  // namespace aloft::telemetry::traces
