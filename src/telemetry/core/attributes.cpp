// Attribute values as people see them.
#include "telemetry/core/attributes.h"

#include "base/bytes.h"
#include "telemetry/core/json_writer.h"

namespace aloft::telemetry {
namespace {

void write(JsonWriter& json, const AttributeValue& value) {
  struct Visitor {
    JsonWriter& json;
    void operator()(std::monostate) const { json.null(); }
    void operator()(const std::string& text) const { json.string(text); }
    void operator()(bool flag) const { json.boolean(flag); }
    void operator()(std::int64_t number) const { json.number(number); }
    void operator()(double number) const { json.number(number); }
    void operator()(const AttributeBytes& bytes) const { json.string(base64_encode(bytes.bytes)); }
    void operator()(const AttributeList& list) const {
      json.begin_array();
      for (const AttributeValue& element : list) write(json, element);
      json.end_array();
    }
    void operator()(const AttributeMap& map) const {
      json.begin_object();
      for (const auto& [key, element] : map) {
        json.key(key);
        write(json, element);
      }
      json.end_object();
    }
  };
  std::visit(Visitor{json}, value.data);
}

}  // namespace

std::string AttributeValue::to_text() const {
  if (const std::string* text = if_string()) return *text;
  if (const auto* bytes = std::get_if<AttributeBytes>(&data)) return base64_encode(bytes->bytes);
  if (std::holds_alternative<std::monostate>(data)) return {};
  std::string out;
  JsonWriter json(out);
  write(json, *this);
  return out;
}

const AttributeValue* find_attribute(const Attributes& attributes, std::string_view key) {
  for (const auto& [name, value] : attributes) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace aloft::telemetry
