// Attribute values of OpenTelemetry (common.proto AnyValue): what describes resources, scopes, spans and log
// records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aloft::telemetry {

struct AttributeValue;
using AttributeList = std::vector<AttributeValue>;
struct Attribute;
using AttributeMap = std::vector<Attribute>;
struct AttributeBytes {
  std::string bytes;
  bool operator==(const AttributeBytes&) const = default;
};

// A value. The special members stand below the class: a map of itself needs the class complete.
struct AttributeValue {
  using Data = std::variant<std::monostate, std::string, bool, std::int64_t, double, AttributeBytes,
                            AttributeList, AttributeMap>;
  AttributeValue();
  AttributeValue(Data value);  // NOLINT(google-explicit-constructor)
  AttributeValue(const AttributeValue&);
  AttributeValue(AttributeValue&&) noexcept;
  AttributeValue& operator=(const AttributeValue&);
  AttributeValue& operator=(AttributeValue&&) noexcept;
  ~AttributeValue();
  bool operator==(const AttributeValue& other) const;

  const std::string* if_string() const { return std::get_if<std::string>(&data); }
  // As people see it: strings as they are, numbers in their shortest form, lists and maps as JSON, bytes as
  // base64.
  std::string to_text() const;

  Data data;
};

// One member of a map. A value; takes apart as [key, value].
struct Attribute {
  std::string key;
  AttributeValue value;
  bool operator==(const Attribute&) const = default;
};

inline AttributeValue::AttributeValue() = default;
inline AttributeValue::AttributeValue(Data value) : data(std::move(value)) {}
inline AttributeValue::AttributeValue(const AttributeValue&) = default;
inline AttributeValue::AttributeValue(AttributeValue&&) noexcept = default;
inline AttributeValue& AttributeValue::operator=(const AttributeValue&) = default;
inline AttributeValue& AttributeValue::operator=(AttributeValue&&) noexcept = default;
inline AttributeValue::~AttributeValue() = default;
inline bool AttributeValue::operator==(const AttributeValue& other) const { return data == other.data; }
using Attributes = AttributeMap;

// Null when there is none.
const AttributeValue* find_attribute(const Attributes& attributes, std::string_view key);

}  // namespace aloft::telemetry
