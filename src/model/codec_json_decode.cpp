// JSON text and documents into structs, by their tables, with the errors and objections of upstream's strict
// decoder.
#include <algorithm>
#include <bitset>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/codec.h"
#include "model/codec_object.h"
#include "model/codec_source.h"

namespace aloft::model {
namespace {

// Where a value stands; made on the stack on the way down, printed only when something is wrong.
struct FieldPlace {
  enum class Form : std::uint8_t { root, field, key, index };
  const FieldPlace* parent = nullptr;
  Form form = Form::root;
  const TypeInfo* owner = nullptr;  // the struct of a field
  std::string_view name;            // of a field or key
  std::size_t index = 0;

  // "spec.containers[0].image", as strict decoding names it.
  std::string to_string() const {
    std::string out = parent != nullptr ? parent->to_string() : std::string();
    if (form == Form::index) return out + fmt::format("[{}]", index);
    if (!out.empty()) out += '.';
    return out.append(name);
  }
  // "spec.containers.image", as encoding/json names it: struct fields only.
  std::string field_path() const {
    std::string out = parent != nullptr ? parent->field_path() : std::string();
    if (form != Form::field) return out;
    if (!out.empty()) out += '.';
    return out.append(name);
  }
  const TypeInfo* innermost_struct() const {
    return form == Form::field || parent == nullptr ? owner : parent->innermost_struct();
  }
};

std::string_view last_part(std::string_view name) { return name.substr(name.rfind(':') + 1); }

// The fields of a struct with those of its inlined members counted in.
std::size_t flat_count(const TypeInfo& type) {
  std::size_t count = type.fields.size();
  for (const auto& field : type.fields) {
    if (field.inlined) count += flat_count(field.type());
  }
  return count;
}

struct FoundField {
  const FieldInfo* field = nullptr;
  void* member = nullptr;
  std::size_t position = 0;  // in the flat order
};

// Looks at a struct's own fields from `hint` on and around, as documents mostly keep one order, then at the
// inlined.
bool find_field(const TypeInfo& type, void* object, std::string_view name, std::size_t& hint,
                FoundField& found) {
  const std::size_t count = type.fields.size();
  bool inlined = false;
  for (std::size_t tried = 0, i = hint < count ? hint : 0; tried < count;
       ++tried, i = i + 1 == count ? 0 : i + 1) {
    const FieldInfo& field = type.fields[i];
    if (field.inlined) {
      inlined = true;
    } else if (field.name == name) {
      found = {&field, static_cast<char*>(object) + field.offset, i};
      hint = i + 1;
      return true;
    }
  }
  if (!inlined) return false;
  std::size_t position = count;
  for (const auto& field : type.fields) {
    if (!field.inlined) continue;
    const TypeInfo& inner = field.type();
    std::size_t inner_hint = 0;
    if (find_field(inner, static_cast<char*>(object) + field.offset, name, inner_hint, found)) {
      found.position += position;
      return true;
    }
    position += flat_count(inner);
  }
  return false;
}

template <class Source>
class JsonDecoder {
 public:
  JsonDecoder(Source& source, DecodeReport* report) : source_(source), report_(report) {}

  bool value(const TypeInfo& type, void* out, const FieldPlace& place);
  // Null when it was the source that broke.
  std::optional<Error>& error() { return error_; }

 private:
  bool null(const TypeInfo& type, void* out);
  bool boolean(const TypeInfo& type, void* out, const FieldPlace& place);
  bool number(const TypeInfo& type, void* out, const FieldPlace& place);
  bool string(const TypeInfo& type, void* out, const FieldPlace& place);
  bool special_string(const TypeInfo& type, std::string_view text, void* out, const FieldPlace& place);
  bool object(const TypeInfo& type, void* out, const FieldPlace& place);
  bool list(const TypeInfo& type, void* out, const FieldPlace& place);
  bool map(const TypeInfo& type, void* out, const FieldPlace& place);
  bool bytes(std::string_view text, void* out);
  bool quantity(std::string_view text, void* out);
  template <class T>
  bool store_integer(const TypeInfo& type, const JsonScanner::Number& number, void* out,
                     const FieldPlace& place) {
    const bool in_range = number.is_int && std::in_range<T>(number.integer);
    if (!in_range) return mismatch(type, place, fmt::format("number {}", number.text));
    as<T>(out) = static_cast<T>(number.integer);
    return true;
  }
  bool mismatch(const TypeInfo& type, const FieldPlace& place, std::string_view got);
  bool fail(Error error) {
    error_ = std::move(error);
    return false;
  }
  void object_to(std::vector<std::string>& fields, std::string_view what, const FieldPlace& place) {
    if (report_->findings.size() >= DecodeReport::limit) return;
    std::string path = place.to_string();
    std::string finding = fmt::format("{} field \"{}\"", what, path);
    if (std::find(report_->findings.begin(), report_->findings.end(), finding) != report_->findings.end())
      return;
    report_->findings.push_back(std::move(finding));
    fields.push_back(std::move(path));
  }

  Source& source_;
  DecodeReport* report_;
  std::optional<Error> error_;
  std::string storage_;
};

template <class Source>
bool JsonDecoder<Source>::mismatch(const TypeInfo& type, const FieldPlace& place, std::string_view got) {
  const TypeInfo* owner = place.innermost_struct();
  const std::string type_name = go_type_name(type);
  return fail(Error(Code::bad_request,
                    owner == nullptr
                        ? fmt::format("json: cannot unmarshal {} into Go value of type {}", got, type_name)
                        : fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}", got,
                                      last_part(owner->name), place.field_path(), type_name)));
}

template <class Source>
bool JsonDecoder<Source>::value(const TypeInfo& type, void* out, const FieldPlace& place) {
  const Token token = source_.peek();
  if (token == Token::broken) return false;
  if (token == Token::null) return source_.null() && null(type, out);
  if (type.kind == Kind::optional) {
    return value(type.element(), static_cast<const OptionalOps*>(type.ops)->emplace(out), place);
  }
  if (const TypeInfo* list_type = type_it_stands_for(type)) {
    return value(*list_type, static_cast<char*>(out) + type.fields[0].offset, place);
  }
  if (type.kind == Kind::raw_json) {
    as<RawJson>(out).text.clear();
    return source_.compact(as<RawJson>(out).text);
  }
  switch (token) {
    case Token::boolean:
      return boolean(type, out, place);
    case Token::number:
      return number(type, out, place);
    case Token::string:
      return string(type, out, place);
    case Token::array:
      return type.kind == Kind::list ? list(type, out, place) : mismatch(type, place, "array");
    case Token::object:
      if (type.kind == Kind::object) return object(type, out, place);
      return type.kind == Kind::map ? map(type, out, place) : mismatch(type, place, "object");
    case Token::null:
    case Token::broken:
      break;
  }
  return false;
}

// Null clears what can be absent and leaves the rest as it is, as in Go.
template <class Source>
bool JsonDecoder<Source>::null(const TypeInfo& type, void* out) {
  switch (type.kind) {
    case Kind::optional:
      static_cast<const OptionalOps*>(type.ops)->reset(out);
      break;
    case Kind::list:
      static_cast<const ListOps*>(type.ops)->clear(out);
      break;
    case Kind::map:
      static_cast<const MapOps*>(type.ops)->clear(out);
      break;
    case Kind::bytes:
      as<std::vector<std::byte>>(out).clear();
      break;
    case Kind::raw_json:
      as<RawJson>(out).text.clear();
      break;
    case Kind::timestamp:
    case Kind::micro_timestamp:
      as<Timestamp>(out) = Timestamp();
      break;
    case Kind::quantity:
      as<Quantity>(out) = Quantity();
      break;
    default:
      break;
  }
  return true;
}

template <class Source>
bool JsonDecoder<Source>::boolean(const TypeInfo& type, void* out, const FieldPlace& place) {
  if (type.kind != Kind::boolean) return mismatch(type, place, "bool");
  return source_.boolean(as<bool>(out));
}

template <class Source>
bool JsonDecoder<Source>::number(const TypeInfo& type, void* out, const FieldPlace& place) {
  JsonScanner::Number number;
  if (!source_.number(number)) return false;
  switch (type.kind) {
    case Kind::int32:
      return store_integer<std::int32_t>(type, number, out, place);
    case Kind::int64:
      return store_integer<std::int64_t>(type, number, out, place);
    case Kind::uint32:
      return store_integer<std::uint32_t>(type, number, out, place);
    case Kind::uint64:
      return store_integer<std::uint64_t>(type, number, out, place);
    case Kind::float64:
      as<double>(out) = number.real;
      return true;
    case Kind::quantity:
      return quantity(number.text, out);
    case Kind::int_or_string: {
      std::int32_t count = 0;
      if (!store_integer<std::int32_t>(type, number, &count, place)) return false;
      as<IntOrString>(out) = IntOrString(count);
      return true;
    }
    default:
      return mismatch(type, place, "number");
  }
}

template <class Source>
bool JsonDecoder<Source>::string(const TypeInfo& type, void* out, const FieldPlace& place) {
  std::string_view text;
  if (!source_.string(text, storage_)) return false;
  if (type.kind == Kind::string) {
    as<std::string>(out) = text;
    return true;
  }
  return special_string(type, text, out, place);
}

template <class Source>
bool JsonDecoder<Source>::special_string(const TypeInfo& type, std::string_view text, void* out,
                                         const FieldPlace& place) {
  switch (type.kind) {
    case Kind::bytes:
      return bytes(text, out);
    case Kind::quantity:
      return quantity(text, out);
    case Kind::int_or_string:
      as<IntOrString>(out) = IntOrString(std::string(text));
      return true;
    case Kind::timestamp:
    case Kind::micro_timestamp: {
      auto time = parse_timestamp(text);
      if (!time) return fail(std::move(time).error());
      if (type.kind == Kind::timestamp) time->nanos = 0;
      time->nanos -= time->nanos % 1000;
      as<Timestamp>(out) = *time;
      return true;
    }
    case Kind::duration: {
      auto duration = parse_duration(text);
      if (!duration) return fail(Error(Code::bad_request, duration.error().message()));
      as<ApiDuration>(out).value = *duration;
      return true;
    }
    default:
      return mismatch(type, place, "string");
  }
}

template <class Source>
bool JsonDecoder<Source>::bytes(std::string_view text, void* out) {
  std::string decoded;
  if (!base64_decode(text, decoded)) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n";
    const std::size_t at = std::min(text.find_first_not_of(alphabet), text.size());
    return fail(Error(Code::bad_request, fmt::format("illegal base64 data at input byte {}", at)));
  }
  const auto span = as_bytes(decoded);
  as<std::vector<std::byte>>(out).assign(span.begin(), span.end());
  return true;
}

template <class Source>
bool JsonDecoder<Source>::quantity(std::string_view text, void* out) {
  auto quantity = Quantity::parse(text);
  if (!quantity) return fail(Error(Code::bad_request, quantity.error().message()));
  as<Quantity>(out) = *quantity;
  return true;
}

template <class Source>
bool JsonDecoder<Source>::object(const TypeInfo& type, void* out, const FieldPlace& place) {
  if (!source_.open()) return false;
  std::bitset<256> seen;
  bool kind_seen = false;
  bool version_seen = false;
  std::size_t hint = 0;
  std::string key_storage;
  for (bool first = true;; first = false) {
    std::string_view key;
    const Step step = source_.next_member(first, key, key_storage);
    if (step != Step::item) return step == Step::end;
    const FieldPlace here{&place, FieldPlace::Form::field, &type, key, 0};
    FoundField found;
    if (!find_field(type, out, key, hint, found)) {
      const bool envelope = place.form == FieldPlace::Form::root && (key == "kind" || key == "apiVersion");
      if (report_ != nullptr && !envelope) object_to(report_->unknown_fields, "unknown", here);
      if (report_ != nullptr && envelope && std::exchange(key == "kind" ? kind_seen : version_seen, true))
        object_to(report_->duplicate_fields, "duplicate", here);
      if (!source_.skip()) return false;
      continue;
    }
    if (Source::sees_duplicates && report_ != nullptr && found.position < seen.size()) {
      if (seen.test(found.position)) object_to(report_->duplicate_fields, "duplicate", here);
      seen.set(found.position);
    }
    if (!value(found.field->type(), found.member, here)) return false;
  }
}

template <class Source>
bool JsonDecoder<Source>::list(const TypeInfo& type, void* out, const FieldPlace& place) {
  if (!source_.open()) return false;
  const auto& ops = *static_cast<const ListOps*>(type.ops);
  const TypeInfo& element = type.element();
  ops.clear(out);
  FieldPlace here{&place, FieldPlace::Form::index, nullptr, {}, 0};
  for (bool first = true;; first = false) {
    const Step step = source_.next_element(first);
    if (step != Step::item) return step == Step::end;
    if (!value(element, ops.append(out), here)) return false;
    ++here.index;
  }
}

template <class Source>
bool JsonDecoder<Source>::map(const TypeInfo& type, void* out, const FieldPlace& place) {
  if (!source_.open()) return false;
  const auto& ops = *static_cast<const MapOps*>(type.ops);
  const TypeInfo& element = type.element();
  std::string key_storage;
  ops.clear(out);
  for (bool first = true;; first = false) {
    std::string_view key;
    const Step step = source_.next_member(first, key, key_storage);
    if (step != Step::item) return step == Step::end;
    const FieldPlace here{&place, FieldPlace::Form::key, nullptr, key, 0};
    if (Source::sees_duplicates && report_ != nullptr && ops.find(out, key) != nullptr) {
      object_to(report_->duplicate_fields, "duplicate", here);
    }
    if (!value(element, ops.insert(out, key), here)) return false;
  }
}

}  // namespace

std::string go_type_name(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::bytes:
      return "[]uint8";
    case Kind::int_or_string:
      return "int32";  // upstream's decoder of it tries a number in the end
    case Kind::timestamp:
    case Kind::micro_timestamp:
    case Kind::duration:
      return "string";
    case Kind::list:
      return "[]" + go_type_name(type.element());
    case Kind::map:
      return "map[string]" + go_type_name(type.element());
    case Kind::optional:
      return go_type_name(type.element());
    case Kind::object: {
      if (const TypeInfo* list = type_it_stands_for(type)) return go_type_name(*list);
      // core::v1::Container is v1.Container: package and type.
      const std::string_view name = last_part(type.name);
      std::string_view scope = type.name.substr(0, type.name.size() - name.size());
      if (scope.ends_with("::")) scope.remove_suffix(2);
      scope = last_part(scope);
      return scope.empty() ? std::string(name) : fmt::format("{}.{}", scope, name);
    }
    default:
      return std::string(type.name);
  }
}

Result<> decode_value(const TypeInfo& type, const Value& value, void* out, DecodeReport* report) {
  ValueSource source(value);
  JsonDecoder<ValueSource> decoder(source, report);
  if (decoder.value(type, out, FieldPlace())) return {};
  return aloft::fail(std::move(*decoder.error()));
}

Result<> decode_json(const TypeInfo& type, std::string_view text, void* out, DecodeReport* report) {
  TextSource source(text);
  JsonDecoder<TextSource> decoder(source, report);
  if (decoder.value(type, out, FieldPlace()) && source.finish()) return {};
  if (!decoder.error()) return aloft::fail(source.error());
  // A type is wrong; text that is no JSON at all is the greater mistake.
  TextSource whole(text);
  if (!whole.skip() || !whole.finish()) return aloft::fail(whole.error());
  return aloft::fail(std::move(*decoder.error()));
}

}  // namespace aloft::model
