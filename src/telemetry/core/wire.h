// The wire format of protocol buffers for decoders that must not allocate: fields one after another from a
// message, each a view into it. Source: protobuf encoding specification.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::telemetry {

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;  // varint, fixed32, fixed64
  std::string_view bytes;   // bytes
  // The same bits as what a schema says they are.
  double as_double() const { return std::bit_cast<double>(value); }
  float as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
  std::int64_t as_int() const { return static_cast<std::int64_t>(value); }
  std::int64_t as_zigzag() const {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
};

// Reads a message that somebody else wrote: every length is checked. After the first mistake next() stays
// false while at_end() is false too.
class WireCursor {
 public:
  explicit WireCursor(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}
  bool at_end() const { return at_ == end_; }
  const char* at() const { return at_; }
  // Groups (wire types 3 and 4) are a mistake: nothing that we read uses them.
  bool next(WireField& field) {
    std::uint64_t tag = 0;
    if (!varint(tag)) return false;
    field.number = static_cast<std::uint32_t>(tag >> 3);
    if (field.number == 0) return false;
    switch (tag & 7) {
      case 0:
        field.wire = Wire::varint;
        return varint(field.value);
      case 1:
        field.wire = Wire::fixed64;
        return fixed(8, field.value);
      case 2: {
        field.wire = Wire::bytes;
        std::uint64_t length = 0;
        if (!varint(length) || length > static_cast<std::uint64_t>(end_ - at_)) return false;
        field.bytes = std::string_view(at_, static_cast<std::size_t>(length));
        at_ += length;
        return true;
      }
      case 5:
        field.wire = Wire::fixed32;
        return fixed(4, field.value);
      default:
        return false;
    }
  }
  bool varint(std::uint64_t& value) {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return long_varint(value);
  }

 private:
  bool long_varint(std::uint64_t& value) {
    value = 0;
    const char* at = at_;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at == end_) return false;
      const auto byte = static_cast<unsigned char>(*at++);
      if (shift == 63 && byte > 1) return false;
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) {
        at_ = at;
        return true;
      }
    }
    return false;
  }
  bool fixed(std::size_t size, std::uint64_t& value) {
    if (static_cast<std::size_t>(end_ - at_) < size) return false;
    value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(at_[i])} << (8 * i);
    at_ += size;
    return true;
  }

  const char* at_;
  const char* end_;
};

inline void append_wire_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}
inline void append_wire_tag(std::string& out, std::uint32_t number, Wire wire) {
  append_wire_varint(out, std::uint64_t{number} << 3 | static_cast<std::uint64_t>(wire));
}
inline void append_wire_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_wire_tag(out, number, Wire::bytes);
  append_wire_varint(out, bytes.size());
  out += bytes;
}
inline void append_wire_uint(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_wire_tag(out, number, Wire::varint);
  append_wire_varint(out, value);
}
inline void append_wire_zigzag(std::string& out, std::uint32_t number, std::int64_t value) {
  append_wire_uint(out, number,
                   static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}
inline void append_wire_fixed64(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_wire_tag(out, number, Wire::fixed64);
  for (unsigned i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
}
inline void append_wire_double(std::string& out, std::uint32_t number, double value) {
  append_wire_fixed64(out, number, std::bit_cast<std::uint64_t>(value));
}
inline void append_wire_fixed32(std::string& out, std::uint32_t number, std::uint32_t value) {
  append_wire_tag(out, number, Wire::fixed32);
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
}

// For messages to people: the text, or hexadecimal when it is not UTF-8.
std::string hex_or_text(std::string_view bytes);

}  // namespace aloft::telemetry
