// OpenTelemetry's spans in Jaeger's model, as far as its JSON and its protobuf form share it.
#pragma once

#include <string>

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// The span's attributes, then kind, status and scope as tags under the names that OpenTelemetry gives them
// for Jaeger.
Attributes jaeger_tags(const Span& span, const InstrumentationScope& scope);
// The event's name as the field `event`, then its attributes.
Attributes jaeger_fields(const SpanEvent& event);
// service.name, or what stands for a resource without one.
std::string jaeger_service(const Attributes& resource);

}  // namespace aloft::telemetry::traces
