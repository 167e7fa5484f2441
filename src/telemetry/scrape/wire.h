// Reading and writing the protobuf wire format at the speed that remote write needs: a cursor without virtual
// calls or allocation. For this module's sources only.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace aloft::telemetry::scrape {

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// Tags are compared as a whole: number << 3 | type.
constexpr std::uint64_t tag(std::uint32_t number, Wire type) {
  return std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type);
}

// A place in a message. After a call gave false nothing more may be read.
struct WireCursor {
  const char* at = nullptr;
  const char* end = nullptr;

  WireCursor() = default;
  explicit WireCursor(std::string_view message) : at(message.data()), end(message.data() + message.size()) {}
  bool done() const { return at == end; }

  bool varint(std::uint64_t& value) {
    if (at != end && static_cast<unsigned char>(*at) < 0x80) [[likely]] {
      value = static_cast<unsigned char>(*at++);
      return true;
    }
    return long_varint(value);
  }
  bool fixed64(std::uint64_t& value) {
    if (end - at < 8) return false;
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(&value, at, 8);
    at += 8;
    return true;
  }
  bool real(double& value) {
    std::uint64_t bits = 0;
    if (!fixed64(bits)) return false;
    value = std::bit_cast<double>(bits);
    return true;
  }
  bool bytes(std::string_view& out) {
    std::uint64_t length = 0;
    if (!varint(length) || length > static_cast<std::uint64_t>(end - at)) return false;
    out = std::string_view(at, length);
    at += length;
    return true;
  }
  // Passes over the value of a field that nobody knows. Groups were never part of these messages.
  bool skip(std::uint64_t field_tag) {
    std::uint64_t ignored = 0;
    std::string_view run;
    if (field_tag >> 3 == 0) return false;
    switch (static_cast<Wire>(field_tag & 7)) {
      case Wire::varint:
        return varint(ignored);
      case Wire::fixed64:
        return fixed64(ignored);
      case Wire::bytes:
        return bytes(run);
      case Wire::fixed32:
        if (end - at < 4) return false;
        at += 4;
        return true;
    }
    return false;
  }

 private:
  bool long_varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at != end; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return shift < 63 || byte <= 1;
    }
    return false;
  }
};

inline std::int64_t zigzag_decode(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
inline std::uint64_t zigzag_encode(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::size_t varint_size(std::uint64_t value) {
  return static_cast<std::size_t>((std::bit_width(value | 1) + 6) / 7);
}
inline char* put_varint(char* at, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}
inline void add_varint(std::string& out, std::uint64_t value) {
  char buffer[10];
  out.append(buffer, static_cast<std::size_t>(put_varint(buffer, value) - buffer));
}
inline void add_varint_field(std::string& out, std::uint32_t number, std::uint64_t value) {
  add_varint(out, tag(number, Wire::varint));
  add_varint(out, value);
}
inline void add_real(std::string& out, double value) {
  char buffer[8];
  std::memcpy(buffer, &value, 8);
  out.append(buffer, 8);
}
inline void add_real_field(std::string& out, std::uint32_t number, double value) {
  add_varint(out, tag(number, Wire::fixed64));
  add_real(out, value);
}
inline void add_bytes_field(std::string& out, std::uint32_t number, std::string_view bytes) {
  add_varint(out, tag(number, Wire::bytes));
  add_varint(out, bytes.size());
  out += bytes;
}

}  // namespace aloft::telemetry::scrape
