// Spans in OTLP's protobuf encoding (trace.proto), as Tempo's trace by id and exporters give them.
#pragma once

#include <string>

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// The message TracesData, which is also ExportTraceServiceRequest and Tempo's Trace: field 1, repeated
// ResourceSpans.
std::string encode_traces_data(const SpanBatch& batch);

}  // namespace aloft::telemetry::traces
