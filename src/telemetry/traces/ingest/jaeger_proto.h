// Jaeger's protobuf model on its way in, as its clients and collectors send it over gRPC.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// A PostSpansRequest of jaeger.api_v2.CollectorService. A span's own process goes before that of the batch.
// Error: invalid. Source: jaeger-idl proto/api_v2/collector.proto, model.proto.
Result<SpanBatch> decode_jaeger_proto(std::string_view request);

}  // namespace aloft::telemetry::traces
