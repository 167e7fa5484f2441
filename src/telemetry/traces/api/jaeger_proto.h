// Jaeger's protobuf messages on their way out: spans for its query service over gRPC.
#pragma once

#include <functional>
#include <string>

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// The spans of a trace as SpansResponseChunk messages of bounded size, each with its process in it; false
// from `take` ends it. Source: jaeger-idl proto/api_v2/query.proto, model.proto.
void encode_jaeger_chunks(const SpanBatch& trace, const std::function<bool(std::string chunk)>& take);

}  // namespace aloft::telemetry::traces
