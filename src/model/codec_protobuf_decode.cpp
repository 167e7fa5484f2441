// Protobuf into structs, by their tables. The bytes may come from anybody: depth, lengths, numbers and text
// are checked.
#include <bit>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/codec.h"
#include "model/codec_object.h"
#include "model/json.h"
#include "model/json_scanner.h"
#include "model/protobuf_wire.h"

namespace aloft::model {
namespace {

constexpr std::size_t message_depth_limit = 100;  // as protobuf's own decoders
// The years 1 to 9999, which RFC 3339 can write.
constexpr std::int64_t first_second = -62'135'596'800;
constexpr std::int64_t last_second = 253'402'300'799;

WireType number_wire(const TypeInfo& type, Wire wire) {
  if (type.kind == Kind::float64 || wire == Wire::fixed64) return WireType::fixed64;
  return wire == Wire::fixed32 ? WireType::fixed32 : WireType::varint;
}

void store_number(const TypeInfo& type, std::uint64_t bits, Wire wire, void* out) {
  if (wire == Wire::zigzag) bits = bits >> 1 ^ (0 - (bits & 1));
  switch (type.kind) {
    case Kind::boolean:
      as<bool>(out) = bits != 0;
      break;
    case Kind::int32:
      as<std::int32_t>(out) = static_cast<std::int32_t>(bits);
      break;
    case Kind::int64:
      as<std::int64_t>(out) = static_cast<std::int64_t>(bits);
      break;
    case Kind::uint32:
      as<std::uint32_t>(out) = static_cast<std::uint32_t>(bits);
      break;
    case Kind::uint64:
      as<std::uint64_t>(out) = bits;
      break;
    default:
      as<double>(out) = std::bit_cast<double>(bits);
  }
}

// Fields mostly come in the table's order.
const FieldInfo* find_number(const TypeInfo& type, std::uint32_t number, std::size_t& hint) {
  const std::size_t count = type.fields.size();
  for (std::size_t tried = 0, i = hint < count ? hint : 0; tried < count;
       ++tried, i = i + 1 == count ? 0 : i + 1) {
    if (type.fields[i].number == number) {
      hint = i;
      return &type.fields[i];
    }
  }
  return nullptr;
}

class ProtobufDecoder {
 public:
  explicit ProtobufDecoder(std::string_view input) : input_(input) {}

  // Any type that is a message.
  bool message(const TypeInfo& type, std::string_view bytes, void* out);
  std::optional<Error>& error() { return error_; }

 private:
  bool object(const TypeInfo& type, std::string_view bytes, void* out);
  bool member(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out);
  bool single(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out);
  bool element(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out);
  bool packed(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out);
  bool entry(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out);
  bool time(const TypeInfo& type, std::string_view bytes, Timestamp& out);
  bool quantity(std::string_view bytes, Quantity& out);
  bool int_or_string(std::string_view bytes, IntOrString& out);
  bool raw_json(std::string_view bytes, RawJson& out);
  bool text(std::string_view bytes, std::string& out) {
    if (!is_utf8(bytes)) return fail(bytes, "invalid UTF-8 in a string");
    out = bytes;
    return true;
  }
  // Reads all fields of a small message whose members are known by number.
  template <class Visit>
  bool each_field(std::string_view bytes, Visit visit) {
    WireReader reader(bytes, input_);
    while (!reader.at_end()) {
      WireReader::Field field;
      if (!reader.next(field)) return broken(reader);
      if (!visit(field)) return false;
    }
    return true;
  }
  bool broken(const WireReader& reader) {
    return fail(
        Error(Code::bad_request, fmt::format("proto: offset {}: {}", reader.offset(), reader.what())));
  }
  bool fail(std::string_view at, std::string_view what) {
    return fail(
        Error(Code::bad_request, fmt::format("proto: offset {}: {}", at.data() - input_.data(), what)));
  }
  bool fail(Error error) {
    if (!error_) error_ = std::move(error);
    return false;
  }

  std::string_view input_;
  std::size_t depth_ = 0;
  std::optional<Error> error_;
};

bool ProtobufDecoder::message(const TypeInfo& type, std::string_view bytes, void* out) {
  if (depth_ == message_depth_limit) return fail(bytes, "messages are nested too deep");
  ++depth_;
  bool good = false;
  switch (type.kind) {
    case Kind::object:
      good = object(type, bytes, out);
      break;
    case Kind::timestamp:
    case Kind::micro_timestamp:
      good = time(type, bytes, as<Timestamp>(out));
      break;
    case Kind::duration:
      good = each_field(bytes, [&](const WireReader::Field& field) {
        if (field.number == 1) as<ApiDuration>(out).value = Duration(static_cast<std::int64_t>(field.value));
        return true;
      });
      break;
    case Kind::quantity:
      good = quantity(bytes, as<Quantity>(out));
      break;
    case Kind::int_or_string:
      good = int_or_string(bytes, as<IntOrString>(out));
      break;
    case Kind::raw_json:
      good = raw_json(bytes, as<RawJson>(out));
      break;
    // A list, map or optional where one value stands is wrapped in a message as its field 1.
    default:
      good = each_field(bytes, [&](const WireReader::Field& field) {
        return field.number != 1 || member(type, field, Wire::plain, out);
      });
  }
  --depth_;
  return good;
}

bool ProtobufDecoder::object(const TypeInfo& type, std::string_view bytes, void* out) {
  std::size_t hint = 0;
  return each_field(bytes, [&](const WireReader::Field& field) {
    const FieldInfo* info = find_number(type, field.number, hint);
    return info == nullptr || member(info->type(), field, info->wire, static_cast<char*>(out) + info->offset);
  });
}

bool ProtobufDecoder::member(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out) {
  switch (type.kind) {
    case Kind::list:
      return element(type, field, wire, out);
    case Kind::map:
      return entry(type, field, wire, out);
    case Kind::optional: {
      // A message that comes in pieces is merged, as protobuf wants.
      const auto& ops = *static_cast<const OptionalOps*>(type.ops);
      const void* held = ops.get(out);
      return single(type.element(), field, wire,
                    held != nullptr ? const_cast<void*>(held) : ops.emplace(out));
    }
    default:
      return single(type, field, wire, out);
  }
}

bool ProtobufDecoder::single(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out) {
  const WireType expected = is_number(type.kind) ? number_wire(type, wire) : WireType::bytes;
  if (field.type != expected) {
    return fail(Error(Code::bad_request, fmt::format("proto: wrong wireType = {} for field {} of type {}",
                                                     static_cast<int>(field.type), field.number, type.name)));
  }
  if (is_number(type.kind)) {
    store_number(type, field.value, wire, out);
    return true;
  }
  if (type.kind == Kind::string) return text(field.bytes, as<std::string>(out));
  if (type.kind == Kind::bytes) {
    const auto span = as_bytes(field.bytes);
    as<std::vector<std::byte>>(out).assign(span.begin(), span.end());
    return true;
  }
  return message(type, field.bytes, out);
}

bool ProtobufDecoder::element(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out) {
  const TypeInfo& of = type.element();
  if (is_number(of.kind) && field.type == WireType::bytes) return packed(type, field, wire, out);
  return single(of, field, wire, static_cast<const ListOps*>(type.ops)->append(out));
}

bool ProtobufDecoder::packed(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out) {
  const TypeInfo& of = type.element();
  const WireType as_type = number_wire(of, wire);
  WireReader reader(field.bytes, input_);
  while (!reader.at_end()) {
    std::uint64_t bits = 0;
    const bool good = as_type == WireType::varint ? reader.varint(bits)
                                                  : reader.fixed(as_type == WireType::fixed64 ? 8 : 4, bits);
    if (!good) return broken(reader);
    store_number(of, bits, wire, static_cast<const ListOps*>(type.ops)->append(out));
  }
  return true;
}

bool ProtobufDecoder::entry(const TypeInfo& type, const WireReader::Field& field, Wire wire, void* out) {
  if (field.type != WireType::bytes)
    return fail(Error(Code::bad_request, "proto: wrong wireType for a map entry"));
  std::string key;
  std::optional<WireReader::Field> value;
  const bool good = each_field(field.bytes, [&](const WireReader::Field& part) {
    if (part.number == 2) value = part;
    if (part.number != 1) return true;
    return part.type == WireType::bytes ? text(part.bytes, key) : fail(field.bytes, "a map key is no string");
  });
  if (!good) return false;
  void* slot = static_cast<const MapOps*>(type.ops)->insert(out, key);
  return !value || single(type.element(), *value, wire, slot);
}

bool ProtobufDecoder::time(const TypeInfo& type, std::string_view bytes, Timestamp& out) {
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  const bool good = each_field(bytes, [&](const WireReader::Field& field) {
    if (field.number == 1) seconds = static_cast<std::int64_t>(field.value);
    if (field.number == 2) nanos = static_cast<std::int32_t>(field.value);
    return true;
  });
  if (!good) return false;
  if (seconds < first_second || seconds > last_second || nanos < 0 || nanos > 999'999'999) {
    return fail(bytes, "a time out of range");
  }
  out = Timestamp();
  nanos = type.kind == Kind::micro_timestamp ? nanos - nanos % 1000 : 0;
  // Both zero is how an unset time is written; so is Go's zero time.
  if ((seconds == 0 && nanos == 0) || seconds == first_second) return true;
  out.seconds = seconds;
  out.nanos = static_cast<std::int32_t>(nanos);
  return true;
}

bool ProtobufDecoder::quantity(std::string_view bytes, Quantity& out) {
  std::string_view amount;
  const bool good = each_field(bytes, [&](const WireReader::Field& field) {
    if (field.number == 1) amount = field.bytes;
    return true;
  });
  if (!good) return false;
  if (amount.empty()) {
    out = Quantity();
    return true;
  }
  auto parsed = Quantity::parse(amount);
  if (!parsed) return fail(Error(Code::bad_request, parsed.error().message()));
  out = *parsed;
  return true;
}

bool ProtobufDecoder::int_or_string(std::string_view bytes, IntOrString& out) {
  std::uint64_t is_string = 0;
  std::int32_t integer = 0;
  std::string string;
  const bool good = each_field(bytes, [&](const WireReader::Field& field) {
    if (field.number == 1) is_string = field.value;
    if (field.number == 2) integer = static_cast<std::int32_t>(field.value);
    return field.number != 3 || text(field.bytes, string);
  });
  if (!good) return false;
  out = is_string != 0 ? IntOrString(std::move(string)) : IntOrString(integer);
  return true;
}

// The text must be JSON, since it is written into JSON as it stands.
bool ProtobufDecoder::raw_json(std::string_view bytes, RawJson& out) {
  std::string_view raw;
  const bool good = each_field(bytes, [&](const WireReader::Field& field) {
    if (field.number == 1) raw = field.bytes;
    return true;
  });
  out.text.clear();
  if (!good || raw.empty()) return good;
  JsonScanner scanner(raw, ParseOptions().depth_limit);
  if (scanner.compact(out.text) && scanner.at_end()) return true;
  return fail(raw, "a raw value that is no JSON");
}

}  // namespace

Result<> decode_protobuf(const TypeInfo& type, std::string_view bytes, void* out) {
  ProtobufDecoder decoder(bytes);
  if (decoder.message(type, bytes, out)) return {};
  return aloft::fail(std::move(*decoder.error()));
}

Result<ProtobufEnvelope> open_protobuf_envelope(std::string_view bytes) {
  constexpr std::string_view magic("k8s\0", 4);
  if (!bytes.starts_with(magic)) {
    return fail(Code::bad_request,
                "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const auto wrong = [](const char* what) {
    return fail(Code::bad_request, fmt::format("proto: envelope: {}", what));
  };
  ProtobufEnvelope envelope;
  WireReader reader(bytes.substr(magic.size()), bytes);
  while (!reader.at_end()) {
    WireReader::Field field;
    if (!reader.next(field)) return wrong(reader.what());
    if (field.number == 2) envelope.raw = field.bytes;
    if (field.number == 3 && !field.bytes.empty()) return wrong("the content is encoded");
    if (field.number != 1) continue;
    WireReader type_meta(field.bytes, bytes);
    while (!type_meta.at_end()) {
      WireReader::Field part;
      if (!type_meta.next(part)) return wrong(type_meta.what());
      if (!is_utf8(part.bytes)) return wrong("invalid UTF-8");
      if (part.number == 1) envelope.api_version = part.bytes;
      if (part.number == 2) envelope.kind = part.bytes;
    }
  }
  return envelope;
}

std::string make_protobuf_envelope(std::string_view api_version, std::string_view kind,
                                   std::string_view raw) {
  std::string out("k8s\0", 4);
  {
    const LengthPrefix type_meta(out, 1);
    append_bytes(out, 1, api_version);
    append_bytes(out, 2, kind);
  }
  append_bytes(out, 2, raw);
  append_bytes(out, 3, {});
  append_bytes(out, 4, {});
  return out;
}

}  // namespace aloft::model
