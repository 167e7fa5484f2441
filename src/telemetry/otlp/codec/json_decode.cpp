// OTLP from its JSON form, over a parsed document.
#include <charconv>

#include "base/bytes.h"
#include "model/json.h"
#include "model/value.h"
#include "telemetry/core/durations.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/codec/fields.h"

namespace aloft::telemetry::otlp {
namespace {

constexpr std::size_t json_depth_limit = 256;

// The first mistake and where it is; the path is put together from the inside out.
struct Mistake {
  std::string path;
  std::string what;
  bool found = false;
  bool make(std::string_view where, std::string why) {
    if (!found) {
      found = true;
      path = where;
      what = std::move(why);
    }
    return false;
  }
  void inside(std::string_view where) {
    if (path.empty() || path[0] == '[') {
      path.insert(0, where);
    } else {
      path = fmt::format("{}.{}", where, path);
    }
  }
};

bool decode_value(const model::Value& json, AttributeValue& out, Mistake& mistake);
bool decode_attributes(const model::Value& json, Attributes& out, Mistake& mistake);
template <class T>
bool decode_message(const model::Value& json, T& out, Mistake& mistake);

// 64-bit integers come as numbers or, since JavaScript cannot hold them, as strings. Gives false for
// anything else.
template <class T>
bool read_integer(const model::Value& json, T& out) {
  if (const std::int64_t* whole = json.if_int()) {
    out = static_cast<T>(*whole);
    return true;
  }
  if (const double* real = json.if_double()) {
    if (!(*real >= -9.3e18 && *real < 1.85e19) || *real != std::floor(*real)) return false;
    out = *real < 0 ? static_cast<T>(static_cast<std::int64_t>(*real))
                    : static_cast<T>(static_cast<std::uint64_t>(*real));
    return true;
  }
  const std::string* text = json.if_string();
  if (text == nullptr || text->empty()) return false;
  const char* end = text->data() + text->size();
  if ((*text)[0] == '-') {
    std::int64_t value = 0;
    const auto read = std::from_chars(text->data(), end, value);
    out = static_cast<T>(value);
    return read.ec == std::errc() && read.ptr == end;
  }
  std::uint64_t value = 0;
  const auto read = std::from_chars(text->data(), end, value);
  out = static_cast<T>(value);
  return read.ec == std::errc() && read.ptr == end;
}

bool read_real(const model::Value& json, double& out) {
  if (json.is_number()) {
    out = json.as_double();
    return true;
  }
  const std::string* text = json.if_string();
  if (text == nullptr) return false;
  if (*text == "Infinity" || *text == "-Infinity") {
    out = (*text)[0] == '-' ? -std::numeric_limits<double>::infinity()
                            : std::numeric_limits<double>::infinity();
    return true;
  }
  return parse_float(*text, out);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The archive: reads members of one object by their names.
class MemberReader {
 public:
  MemberReader(const model::Object& object, Mistake& mistake) : object_(object), mistake_(mistake) {}

  void text(std::uint32_t, std::string_view name, std::string& out) {
    const model::Value* json = member(name);
    if (json == nullptr) return;
    if (const std::string* text = json->if_string()) {
      out = *text;
    } else {
      wrong(name, "a string", *json);
    }
  }
  template <std::size_t N>
  void id(std::uint32_t, std::string_view name, std::array<std::uint8_t, N>& out) {
    const model::Value* json = member(name);
    if (json == nullptr) return;
    const std::string* text = json->if_string();
    if (text == nullptr) return wrong(name, "a string", *json);
    if (text->empty()) {
      out = {};
      return;
    }
    if (text->size() != 2 * N) {
      mistake_.make(name, fmt::format("expected {} hexadecimal digits, not {}", 2 * N, text->size()));
      return;
    }
    for (std::size_t i = 0; i < N; ++i) {
      const int high = hex_digit((*text)[2 * i]);
      const int low = hex_digit((*text)[2 * i + 1]);
      if (high < 0 || low < 0) {
        mistake_.make(name, fmt::format("\"{}\" is not hexadecimal", *text));
        return;
      }
      out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
  }
  void flag(std::uint32_t, std::string_view name, bool& out) {
    const model::Value* json = member(name);
    if (json == nullptr) return;
    if (const bool* value = json->if_bool()) {
      out = *value;
    } else {
      wrong(name, "a boolean", *json);
    }
  }
  void uint32(std::uint32_t, std::string_view name, std::uint32_t& out) { integer(name, out); }
  void sint32(std::uint32_t, std::string_view name, std::int32_t& out) { integer(name, out); }
  void fixed32(std::uint32_t, std::string_view name, std::uint32_t& out) { integer(name, out); }
  template <class T>
  void fixed64(std::uint32_t, std::string_view name, T& out) {
    integer(name, out);
  }
  template <class E>
  void enumeration(std::uint32_t, std::string_view name, E& out, std::span<const std::string_view> names) {
    const model::Value* json = member(name);
    if (json == nullptr) return;
    std::int64_t value = 0;
    const std::string* text = json->if_string();
    const auto found = text != nullptr ? std::find(names.begin(), names.end(), *text) : names.end();
    if (found != names.end()) {
      value = found - names.begin();
    } else if (!read_integer(*json, value)) {
      return wrong(name, "a number or a name of the enumeration", *json);
    }
    if (std::is_enum_v<E> && (value < 0 || value >= static_cast<std::int64_t>(names.size()))) value = 0;
    out = static_cast<E>(value);
  }
  void real(std::uint32_t, std::string_view name, double& out) {
    const model::Value* json = member(name);
    if (json != nullptr && !read_real(*json, out)) wrong(name, "a number", *json);
  }
  void optional_real(std::uint32_t, std::string_view name, std::optional<double>& out) {
    const model::Value* json = member(name);
    if (json != nullptr && !read_real(*json, out.emplace())) wrong(name, "a number", *json);
  }
  void number(std::uint32_t, std::string_view real_name, std::uint32_t, std::string_view int_name,
              Number& out) {
    if (const model::Value* json = member(real_name)) {
      if (!read_real(*json, out.emplace<double>())) wrong(real_name, "a number", *json);
    }
    if (const model::Value* json = member(int_name)) {
      if (!read_integer(*json, out.emplace<std::int64_t>())) wrong(int_name, "an integer", *json);
    }
  }
  void fixed64s(std::uint32_t, std::string_view name, std::vector<std::uint64_t>& out) {
    each(name, [&](const model::Value& json) {
      return read_integer(json, out.emplace_back()) || mistake_.make("", "expected an integer");
    });
  }
  void varints(std::uint32_t number, std::string_view name, std::vector<std::uint64_t>& out) {
    fixed64s(number, name, out);
  }
  void reals(std::uint32_t, std::string_view name, std::vector<double>& out) {
    each(name, [&](const model::Value& json) {
      return read_real(json, out.emplace_back()) || mistake_.make("", "expected a number");
    });
  }
  template <class T>
  void message(std::uint32_t, std::string_view name, T& out) {
    const model::Value* json = member(name);
    if (json != nullptr && !decode_message(*json, out, mistake_)) mistake_.inside(name);
  }
  template <class T>
  void repeated(std::uint32_t, std::string_view name, std::vector<T>& out) {
    each(name, [&](const model::Value& json) { return decode_message(json, out.emplace_back(), mistake_); });
  }
  template <class T, class Variant>
  void alternative(std::uint32_t, std::string_view name, Variant& out) {
    const model::Value* json = member(name);
    if (json == nullptr) return;
    if (!decode_message(*json, out.template emplace<T>(), mistake_)) mistake_.inside(name);
  }
  void attributes(std::uint32_t, std::string_view name, Attributes& out) {
    const model::Value* json = member(name);
    if (json != nullptr && !decode_attributes(*json, out, mistake_)) mistake_.inside(name);
  }
  void value(std::uint32_t, std::string_view name, AttributeValue& out) {
    const model::Value* json = member(name);
    if (json != nullptr && !decode_value(*json, out, mistake_)) mistake_.inside(name);
  }

 private:
  // Null for what is missing or null, which JSON's form of protobuf holds for the same. Nothing more is read
  // after a mistake.
  const model::Value* member(std::string_view name) const {
    if (mistake_.found) return nullptr;
    const model::Value* found = object_.find(name);
    return found != nullptr && !found->is_null() ? found : nullptr;
  }
  void wrong(std::string_view name, std::string_view expected, const model::Value& json) {
    mistake_.make(name, fmt::format("expected {}, not {}", expected, json.type_name()));
  }
  template <class T>
  void integer(std::string_view name, T& out) {
    const model::Value* json = member(name);
    if (json != nullptr && !read_integer(*json, out)) wrong(name, "an integer", *json);
  }
  void each(std::string_view name, auto&& read) {
    const model::Value* json = member(name);
    if (json == nullptr) return;
    const model::Array* array = json->if_array();
    if (array == nullptr) return wrong(name, "an array", *json);
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (read((*array)[i])) continue;
      mistake_.inside(fmt::format("[{}]", i));
      mistake_.inside(name);
      return;
    }
  }

  const model::Object& object_;
  Mistake& mistake_;
};

template <class T>
bool decode_message(const model::Value& json, T& out, Mistake& mistake) {
  const model::Object* object = json.if_object();
  if (object == nullptr) return mistake.make("", fmt::format("expected an object, not {}", json.type_name()));
  MemberReader reader(*object, mistake);
  fields(reader, out);
  return !mistake.found;
}

const model::Array* values_of(const model::Value& json) {
  const model::Value* values = json.at("values");
  return values != nullptr ? values->if_array() : nullptr;
}

bool decode_list(const model::Value& json, AttributeList& out, Mistake& mistake) {
  const model::Array* values = values_of(json);
  if (values == nullptr) return true;
  for (const model::Value& element : *values) {
    if (!decode_value(element, out.emplace_back(), mistake)) return false;
  }
  return true;
}

// One member of an AnyValue.
bool take_value_member(std::string_view name, const model::Value& json, AttributeValue& out,
                       Mistake& mistake) {
  const std::string* text = json.if_string();
  if (name == "stringValue") {
    if (text == nullptr) return mistake.make(name, "expected a string");
    out.data.emplace<std::string>(*text);
  } else if (name == "boolValue") {
    if (!json.is_bool()) return mistake.make(name, "expected a boolean");
    out.data.emplace<bool>(json.as_bool());
  } else if (name == "intValue") {
    if (!read_integer(json, out.data.emplace<std::int64_t>()))
      return mistake.make(name, "expected an integer");
  } else if (name == "doubleValue") {
    if (!read_real(json, out.data.emplace<double>())) return mistake.make(name, "expected a number");
  } else if (name == "arrayValue") {
    if (!decode_list(json, out.data.emplace<AttributeList>(), mistake)) return false;
  } else if (name == "kvlistValue") {
    AttributeMap& map = out.data.emplace<AttributeMap>();
    const model::Value* values = json.at("values");
    if (values != nullptr && !decode_attributes(*values, map, mistake)) return false;
  } else if (name == "bytesValue") {
    if (text == nullptr || !base64_decode(*text, out.data.emplace<AttributeBytes>().bytes))
      return mistake.make(name, "expected base64");
  }
  return true;
}

bool decode_value(const model::Value& json, AttributeValue& out, Mistake& mistake) {
  const model::Object* object = json.if_object();
  if (object == nullptr) return mistake.make("", fmt::format("expected an object, not {}", json.type_name()));
  for (const auto& [name, member] : *object) {
    if (!member.is_null() && !take_value_member(name, member, out, mistake)) return false;
  }
  return true;
}

bool decode_attribute(const model::Value& json, Attribute& out, Mistake& mistake) {
  const model::Object* object = json.if_object();
  if (object == nullptr) return mistake.make("", fmt::format("expected an object, not {}", json.type_name()));
  out.key = json.text_at("key");
  const model::Value* value = object->find("value");
  if (value == nullptr || value->is_null() || decode_value(*value, out.value, mistake)) return true;
  mistake.inside("value");
  return false;
}

bool decode_attributes(const model::Value& json, Attributes& out, Mistake& mistake) {
  const model::Array* array = json.if_array();
  if (array == nullptr) return mistake.make("", fmt::format("expected an array, not {}", json.type_name()));
  out.reserve(out.size() + array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    if (decode_attribute((*array)[i], out.emplace_back(), mistake)) continue;
    mistake.inside(fmt::format("[{}]", i));
    return false;
  }
  return true;
}

template <class T>
Result<T> decode(std::string_view text) {
  model::ParseOptions options;
  options.depth_limit = json_depth_limit;
  auto json = model::parse_json(text, options);
  if (!json) return fail(Code::invalid, json.error().message());
  T out;
  Mistake mistake;
  if (!decode_message(*json, out, mistake)) {
    return fail(Code::invalid,
                mistake.path.empty() ? mistake.what : fmt::format("{}: {}", mistake.path, mistake.what));
  }
  return out;
}

}  // namespace

Result<SpanBatch> decode_spans_json(std::string_view json) { return decode<SpanBatch>(json); }
Result<MetricsData> decode_metrics_json(std::string_view json) { return decode<MetricsData>(json); }
Result<LogsData> decode_logs_json(std::string_view json) { return decode<LogsData>(json); }

}  // namespace aloft::telemetry::otlp
