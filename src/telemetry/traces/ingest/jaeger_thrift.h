// Jaeger's Thrift over HTTP (POST /api/traces, application/x-thrift): what Jaeger's older clients send to a
// collector.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// A struct Batch in Thrift's binary protocol. Tags that say what OpenTelemetry has fields for (span.kind,
// error, otel.status_code) become those. Error: invalid, with the offset. Source: jaeger-idl jaeger.thrift.
Result<SpanBatch> decode_jaeger_thrift(std::string_view body);

}  // namespace aloft::telemetry::traces
