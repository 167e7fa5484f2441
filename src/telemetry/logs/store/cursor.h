// Reading and writing the bytes of a block: variable-length numbers and runs of bytes, every length checked,
// so that a damaged block ends in an error and never in a read beyond its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "telemetry/core/wire.h"

namespace aloft::telemetry::logs {

// After the first mistake every further read fails too.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool at_end() const { return at_ == end_; }
  bool failed() const { return failed_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  bool varint(std::uint64_t& value) {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return long_varint(value);
  }
  // A number that must not be above `most`.
  bool count(std::size_t& value, std::size_t most) {
    std::uint64_t wide = 0;
    if (!varint(wide) || wide > most) return fail();
    value = static_cast<std::size_t>(wide);
    return true;
  }
  bool zigzag(std::int64_t& value) {
    std::uint64_t wide = 0;
    if (!varint(wide)) return false;
    value = static_cast<std::int64_t>(wide >> 1) ^ -static_cast<std::int64_t>(wide & 1);
    return true;
  }
  bool byte(std::uint8_t& value) {
    if (at_ == end_) return fail();
    value = static_cast<std::uint8_t>(*at_++);
    return true;
  }
  bool bytes(std::size_t size, std::string_view& value) {
    if (size > left()) return fail();
    value = std::string_view(at_, size);
    at_ += size;
    return true;
  }
  // Bytes with their length before them.
  bool text(std::string_view& value) {
    std::size_t size = 0;
    return count(size, left()) && bytes(size, value);
  }
  bool fixed32(std::uint32_t& value) {
    std::string_view raw;
    if (!bytes(4, raw)) return false;
    value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<unsigned char>(raw[i])} << (8 * i);
    return true;
  }

 private:
  bool fail() {
    failed_ = true;
    at_ = end_;
    return false;
  }
  bool long_varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) return fail();
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift == 63 && byte > 1) return fail();
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return fail();
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

inline std::uint64_t to_zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
inline void append_varint(std::string& out, std::uint64_t value) { append_wire_varint(out, value); }
inline void append_zigzag(std::string& out, std::int64_t value) { append_wire_varint(out, to_zigzag(value)); }
inline void append_text(std::string& out, std::string_view text) {
  append_wire_varint(out, text.size());
  out += text;
}
inline void append_fixed32(std::string& out, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
}

}  // namespace aloft::telemetry::logs
