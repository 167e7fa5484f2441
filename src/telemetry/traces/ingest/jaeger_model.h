// Jaeger's model of spans in OpenTelemetry's, as far as its Thrift and its protobuf form share it: tags that
// are fields here, references that are the parent or links, logs that are events.
#pragma once

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// span.kind, error, otel.status_code and otel.status_description become what OpenTelemetry has fields for;
// everything else an attribute.
void add_jaeger_tag(Span& span, Attribute tag);
// The first parent within the trace is the parent, everything else a link. The span's trace id is known.
void add_jaeger_reference(Span& span, SpanLink reference, bool child_of);
// The field `event` names it.
void add_jaeger_log(Span& span, SpanEvent log);

}  // namespace aloft::telemetry::traces
