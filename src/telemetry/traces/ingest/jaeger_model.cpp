// The names are those of OpenTelemetry's specification of its Jaeger exporter.
#include "telemetry/traces/ingest/jaeger_model.h"

#include <algorithm>

namespace aloft::telemetry::traces {
namespace {

// False for tags that are attributes.
bool take_known(const Attribute& tag, Span& span) {
  const std::string text = tag.value.to_text();
  if (tag.key == "span.kind") {
    if (text == "client") span.kind = SpanKind::client;
    if (text == "server") span.kind = SpanKind::server;
    if (text == "producer") span.kind = SpanKind::producer;
    if (text == "consumer") span.kind = SpanKind::consumer;
    if (text == "internal") span.kind = SpanKind::internal;
    return span.kind != SpanKind::unspecified;
  }
  if (tag.key == "otel.status_code") {
    if (text == "ERROR") span.status = SpanStatus::error;
    if (text == "OK") span.status = SpanStatus::ok;
    return true;
  }
  if (tag.key == "otel.status_description") {
    span.status_message = text;
    return true;
  }
  if (tag.key == "error" && text == "true") {
    span.status = SpanStatus::error;
    return true;
  }
  return false;
}

}  // namespace

void add_jaeger_tag(Span& span, Attribute tag) {
  if (!take_known(tag, span)) span.attributes.push_back(std::move(tag));
}

void add_jaeger_reference(Span& span, SpanLink reference, bool child_of) {
  const bool within = reference.trace_id == span.trace_id;
  if (child_of && within && span.parent_id == SpanId{}) {
    span.parent_id = reference.span_id;
    return;
  }
  if (!within || reference.span_id != span.parent_id) span.links.push_back(std::move(reference));
}

void add_jaeger_log(Span& span, SpanEvent log) {
  const auto named = std::find_if(log.attributes.begin(), log.attributes.end(),
                                  [](const Attribute& field) { return field.key == "event"; });
  if (named != log.attributes.end()) {
    log.name = named->value.to_text();
    log.attributes.erase(named);
  }
  span.events.push_back(std::move(log));
}

}  // namespace aloft::telemetry::traces
