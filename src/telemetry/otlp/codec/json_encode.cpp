// OTLP in its JSON form: ids in hexadecimal, 64-bit integers as strings, enumerations as numbers.
#include "base/bytes.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/codec/fields.h"

namespace aloft::telemetry::otlp {
namespace {

void write_real(JsonWriter& json, double value) {
  if (std::isnan(value)) {
    json.string("NaN");
  } else if (std::isinf(value)) {
    json.string(value < 0 ? "-Infinity" : "Infinity");
  } else {
    json.number(value);
  }
}

void write_value(JsonWriter& json, const AttributeValue& value);

void write_attributes(JsonWriter& json, const Attributes& attributes) {
  json.begin_array();
  for (const auto& [key, value] : attributes) {
    json.begin_object().key("key").string(key).key("value");
    write_value(json, value);
    json.end_object();
  }
  json.end_array();
}

struct JsonValueWriter {
  JsonWriter& json;
  void operator()(std::monostate) const {}
  void operator()(const std::string& text) const { json.key("stringValue").string(text); }
  void operator()(bool flag) const { json.key("boolValue").boolean(flag); }
  void operator()(std::int64_t number) const { json.key("intValue").string(std::to_string(number)); }
  void operator()(double number) const {
    json.key("doubleValue");
    write_real(json, number);
  }
  void operator()(const AttributeBytes& bytes) const {
    json.key("bytesValue").string(base64_encode(bytes.bytes));
  }
  void operator()(const AttributeList& list) const {
    json.key("arrayValue").begin_object().key("values").begin_array();
    for (const AttributeValue& element : list) write_value(json, element);
    json.end_array().end_object();
  }
  void operator()(const AttributeMap& map) const {
    json.key("kvlistValue").begin_object().key("values");
    write_attributes(json, map);
    json.end_object();
  }
};

void write_value(JsonWriter& json, const AttributeValue& value) {
  json.begin_object();
  std::visit(JsonValueWriter{json}, value.data);
  json.end_object();
}

// The archive: writes members of one object.
class MemberWriter {
 public:
  explicit MemberWriter(JsonWriter& json) : json_(json) {}

  void text(std::uint32_t, std::string_view name, const std::string& value) {
    if (!value.empty()) json_.key(name).string(value);
  }
  template <std::size_t N>
  void id(std::uint32_t, std::string_view name, const std::array<std::uint8_t, N>& value) {
    if (value != std::array<std::uint8_t, N>{}) json_.key(name).string(to_hex(value));
  }
  void flag(std::uint32_t, std::string_view name, bool value) {
    if (value) json_.key(name).boolean(true);
  }
  void uint32(std::uint32_t, std::string_view name, std::uint32_t value) { small(name, value); }
  void fixed32(std::uint32_t, std::string_view name, std::uint32_t value) { small(name, value); }
  void sint32(std::uint32_t, std::string_view name, std::int32_t value) { small(name, value); }
  template <class T>
  void fixed64(std::uint32_t, std::string_view name, T value) {
    if (value != 0) json_.key(name).string(std::to_string(value));
  }
  template <class E>
  void enumeration(std::uint32_t, std::string_view name, E value, std::span<const std::string_view>) {
    small(name, static_cast<std::int64_t>(value));
  }
  void real(std::uint32_t, std::string_view name, double value) {
    if (std::bit_cast<std::uint64_t>(value) == 0) return;
    json_.key(name);
    write_real(json_, value);
  }
  void optional_real(std::uint32_t, std::string_view name, const std::optional<double>& value) {
    if (!value) return;
    json_.key(name);
    write_real(json_, *value);
  }
  void number(std::uint32_t, std::string_view real_name, std::uint32_t, std::string_view int_name,
              const Number& value) {
    if (const double* real = std::get_if<double>(&value)) {
      json_.key(real_name);
      write_real(json_, *real);
    }
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      json_.key(int_name).string(std::to_string(*whole));
  }
  void fixed64s(std::uint32_t, std::string_view name, const std::vector<std::uint64_t>& values) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const std::uint64_t value : values) json_.string(std::to_string(value));
    json_.end_array();
  }
  void varints(std::uint32_t number, std::string_view name, const std::vector<std::uint64_t>& values) {
    fixed64s(number, name, values);
  }
  void reals(std::uint32_t, std::string_view name, const std::vector<double>& values) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const double value : values) write_real(json_, value);
    json_.end_array();
  }
  template <class T>
  void message(std::uint32_t, std::string_view name, T& value) {
    json_.key(name).begin_object();
    fields(*this, value);
    json_.end_object();
  }
  template <class T>
  void repeated(std::uint32_t, std::string_view name, const std::vector<T>& values) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const T& value : values) {
      json_.begin_object();
      fields(*this, value);
      json_.end_object();
    }
    json_.end_array();
  }
  template <class T, class Variant>
  void alternative(std::uint32_t, std::string_view name, const Variant& value) {
    const T* held = std::get_if<T>(&value);
    if (held == nullptr) return;
    json_.key(name).begin_object();
    fields(*this, *held);
    json_.end_object();
  }
  void attributes(std::uint32_t, std::string_view name, const Attributes& values) {
    if (values.empty()) return;
    json_.key(name);
    write_attributes(json_, values);
  }
  void value(std::uint32_t, std::string_view name, const AttributeValue& value) {
    if (std::holds_alternative<std::monostate>(value.data)) return;
    json_.key(name);
    write_value(json_, value);
  }

 private:
  void small(std::string_view name, std::int64_t value) {
    if (value != 0) json_.key(name).number(value);
  }
  JsonWriter& json_;
};

template <class T>
std::string json_message(const T& message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  MemberWriter writer(json);
  fields(writer, message);
  json.end_object();
  return out;
}

}  // namespace

std::string encode_json(const SpanBatch& spans) { return json_message(spans); }
std::string encode_json(const MetricsData& metrics) { return json_message(metrics); }
std::string encode_json(const LogsData& logs) { return json_message(logs); }

std::string encode_answer_json(std::string_view rejected_name, const PartialSuccess& partial) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (partial.rejected != 0 || !partial.message.empty()) {
    json.key("partialSuccess").begin_object();
    if (partial.rejected != 0) json.key(rejected_name).string(std::to_string(partial.rejected));
    if (!partial.message.empty()) json.key("errorMessage").string(partial.message);
    json.end_object();
  }
  json.end_object();
  return out;
}

std::string encode_status_json(int grpc_code, std::string_view message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("code").number(static_cast<std::int64_t>(grpc_code)).key("message").string(message);
  json.end_object();
  return out;
}

}  // namespace aloft::telemetry::otlp
