// Structs into protobuf, by their tables, in the bytes that Kubernetes' generated code writes (and, with
// proto3 presence, those of CRI, OTLP and etcd).
#include <array>
#include <bit>

#include "base/bytes.h"
#include "model/codec.h"
#include "model/codec_object.h"
#include "model/protobuf_wire.h"

namespace aloft::model {
namespace {

std::uint64_t sign_extended(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// The varint or fixed-size integer that stands for a number.
std::uint64_t number_bits(const TypeInfo& type, const void* object) {
  switch (type.kind) {
    case Kind::boolean:
      return as<bool>(object) ? 1 : 0;
    case Kind::int32:
      return sign_extended(as<std::int32_t>(object));
    case Kind::int64:
      return sign_extended(as<std::int64_t>(object));
    case Kind::uint32:
      return as<std::uint32_t>(object);
    case Kind::uint64:
      return as<std::uint64_t>(object);
    default:
      return std::bit_cast<std::uint64_t>(as<double>(object));
  }
}

WireType wire_type_of(const TypeInfo& type, Wire wire) {
  if (type.kind == Kind::float64 || wire == Wire::fixed64) return WireType::fixed64;
  return wire == Wire::fixed32 ? WireType::fixed32 : WireType::varint;
}

void append_number(std::string& out, std::uint64_t bits, WireType type, Wire wire) {
  switch (type) {
    case WireType::fixed64:
      append_fixed(out, bits);
      break;
    case WireType::fixed32:
      append_fixed(out, static_cast<std::uint32_t>(bits));
      break;
    default:
      append_varint(out, wire == Wire::zigzag ? bits << 1 ^ (0 - (bits >> 63)) : bits);
  }
}

class Encoder {
 public:
  Encoder(std::string& out, Presence presence) : out_(out), presence_(presence) {}

  void message(const TypeInfo& type, const void* object) {
    std::array<std::uint8_t, 256> order{};
    const std::size_t count = sort_by_number(type, order);
    for (std::size_t i = 0; i < count; ++i) {
      const FieldInfo& field = type.fields[order[i]];
      member(field, static_cast<const char*>(object) + field.offset);
    }
  }
  // What a scalar that is a message contains.
  void scalar_message(const TypeInfo& type, const void* object);

 private:
  // Fields without a number stand in JSON only. Tables are nearly sorted, so insertion is quick.
  static std::size_t sort_by_number(const TypeInfo& type, std::array<std::uint8_t, 256>& order) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < type.fields.size() && i < order.size(); ++i) {
      const std::uint32_t number = type.fields[i].number;
      if (number == 0) continue;
      std::size_t at = count++;
      for (; at > 0 && type.fields[order[at - 1]].number > number; --at) order[at] = order[at - 1];
      order[at] = static_cast<std::uint8_t>(i);
    }
    return count;
  }

  void member(const FieldInfo& field, const void* member) {
    const TypeInfo& type = field.type();
    switch (type.kind) {
      case Kind::list:
        list(field.number, type, member, field.wire);
        return;
      case Kind::map:
        map(field, type, member);
        return;
      case Kind::optional:
        if (const void* held = static_cast<const OptionalOps*>(type.ops)->get(member)) {
          single(field.number, type.element(), held, field.wire);
        }
        return;
      case Kind::bytes:
        if (as<std::vector<std::byte>>(member).empty()) return;
        break;
      default:
        if (presence_ == Presence::proto3 && is_zero(type, member)) return;
    }
    single(field.number, type, member, field.wire);
  }

  // One value with its tag, whatever it is.
  void single(std::uint32_t number, const TypeInfo& type, const void* object, Wire wire) {
    if (is_number(type.kind)) {
      const WireType wire_type = wire_type_of(type, wire);
      append_tag(out_, number, wire_type);
      append_number(out_, number_bits(type, object), wire_type, wire);
    } else if (type.kind == Kind::string) {
      append_bytes(out_, number, as<std::string>(object));
    } else if (type.kind == Kind::bytes) {
      append_bytes(out_, number, as_text(as<std::vector<std::byte>>(object)));
    } else {
      const LengthPrefix prefix(out_, number);
      scalar_message(type, object);
    }
  }

  void list(std::uint32_t number, const TypeInfo& type, const void* object, Wire wire) {
    const auto& ops = *static_cast<const ListOps*>(type.ops);
    const TypeInfo& element = type.element();
    const std::size_t size = ops.size(object);
    if (presence_ == Presence::proto3 && is_number(element.kind) && size > 0) {
      const LengthPrefix prefix(out_, number);
      const WireType wire_type = wire_type_of(element, wire);
      for (std::size_t i = 0; i < size; ++i) {
        append_number(out_, number_bits(element, ops.at(object, i)), wire_type, wire);
      }
      return;
    }
    for (std::size_t i = 0; i < size; ++i) single(number, element, ops.at(object, i), wire);
  }

  void map(const FieldInfo& field, const TypeInfo& type, const void* object) {
    struct Context {
      Encoder& encoder;
      const FieldInfo& field;
      const TypeInfo& element;
    } context{*this, field, type.element()};
    static_cast<const MapOps*>(type.ops)->each(
        object, &context, [](void* c, std::string_view key, const void* value) {
          auto& [encoder, map_field, element] = *static_cast<Context*>(c);
          const LengthPrefix prefix(encoder.out_, map_field.number);
          append_bytes(encoder.out_, 1, key);
          encoder.single(2, element, value, map_field.wire);
        });
  }

  void time(const Timestamp& time, bool with_micros) {
    if (!time.is_set()) return;
    append_tag(out_, 1, WireType::varint);
    append_varint(out_, sign_extended(time.seconds));
    append_tag(out_, 2, WireType::varint);
    append_varint(out_, sign_extended(with_micros ? time.nanos - time.nanos % 1000 : 0));
  }

  std::string& out_;
  Presence presence_;
};

void Encoder::scalar_message(const TypeInfo& type, const void* object) {
  switch (type.kind) {
    case Kind::object:
      message(type, object);
      break;
    case Kind::timestamp:
      time(as<Timestamp>(object), false);
      break;
    case Kind::micro_timestamp:
      time(as<Timestamp>(object), true);
      break;
    case Kind::duration:
      append_tag(out_, 1, WireType::varint);
      append_varint(out_, sign_extended(as<ApiDuration>(object).value.count()));
      break;
    case Kind::quantity:
      append_bytes(out_, 1, as<Quantity>(object).to_string());
      break;
    case Kind::int_or_string: {
      const auto& either = as<IntOrString>(object);
      append_tag(out_, 1, WireType::varint);
      append_varint(out_, either.is_int() ? 0 : 1);
      append_tag(out_, 2, WireType::varint);
      append_varint(out_, either.is_int() ? sign_extended(either.as_int()) : 0);
      append_bytes(out_, 3, either.is_int() ? std::string_view() : std::string_view(either.as_string()));
      break;
    }
    case Kind::raw_json:
      if (const std::string& text = as<RawJson>(object).text; !text.empty()) append_bytes(out_, 1, text);
      break;
    // A list or map where one value stands (in a map, a list or an optional) is wrapped in a message as its
    // field 1.
    case Kind::list:
      list(1, type, object, Wire::plain);
      break;
    case Kind::map: {
      FieldInfo field;
      field.number = 1;
      map(field, type, object);
      break;
    }
    case Kind::optional:
      if (const void* held = static_cast<const OptionalOps*>(type.ops)->get(object)) {
        single(1, type.element(), held, Wire::plain);
      }
      break;
    default:
      break;
  }
}

}  // namespace

void append_protobuf(std::string& out, const TypeInfo& type, const void* object, Presence presence) {
  Encoder(out, presence).scalar_message(type, object);
}

}  // namespace aloft::model
