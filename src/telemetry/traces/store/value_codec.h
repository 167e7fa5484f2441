// Attribute values as bytes: what stands in a block for whole resources and scopes and for values that are
// no plain string, number or boolean. Self-contained, so equal bytes mean equal values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/attributes.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

// Lists and maps inside one another, at most; deeper values are written as their text.
inline constexpr int value_depth_limit = 16;

void put_value(std::string& out, const AttributeValue& value, int depth = 0);
// Keys in the order given.
void put_attributes(std::string& out, const Attributes& attributes, int depth = 0);
std::string encode_attributes(const Attributes& attributes);
std::string encode_scope(const InstrumentationScope& scope);

// Error: invalid for bytes that no encoder made.
Result<AttributeValue> decode_value(std::string_view bytes);
Result<Attributes> decode_attributes(std::string_view bytes);
Result<InstrumentationScope> decode_scope(std::string_view bytes);

}  // namespace aloft::telemetry::traces
