// Zipkin's JSON (POST /api/v2/spans and /api/v1/spans): spans of any client that speaks Zipkin.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/value.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// An array of spans. The local endpoint becomes the resource, the remote one attributes of the peer, tags
// attributes, annotations events; a tag `error` becomes the status. Error: bad_request or invalid, naming the
// span by its place and the field. Source: zipkin-api/zipkin2-api.yaml.
Result<SpanBatch> decode_zipkin_json(std::string_view body);
// The same of the format before (POST /api/v1/spans). Source: zipkin-api/zipkin-api.yaml.
Result<SpanBatch> decode_zipkin_v1_json(std::string_view body);
// Spans of the second format as documents.
Result<SpanBatch> read_zipkin_spans(const model::Array& spans);

}  // namespace aloft::telemetry::traces
