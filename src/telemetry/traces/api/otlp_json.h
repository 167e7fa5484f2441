// Spans in OTLP's JSON as Tempo gives it: ids in base64 and 64-bit numbers as strings, as protobuf's JSON
// mapping has them.
#pragma once

#include "telemetry/core/json_writer.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// {"stringValue":"a"}, {"intValue":"5"}, ...
void write_any_value(JsonWriter& json, const AttributeValue& value);
// [{"key":"a","value":{...}}, ...]
void write_key_values(JsonWriter& json, const Attributes& attributes);
// The array of ResourceSpans.
void write_resource_spans(JsonWriter& json, const SpanBatch& batch);

}  // namespace aloft::telemetry::traces
