// Bits as Prometheus' chunks hold them: the highest of a byte first. Numbers of few bits and of many, and
// floats as differences by XOR. For this module's sources only. Source: tsdb/docs/format/chunks.md.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::telemetry::scrape {

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void bit(bool one) { bits(one ? 1 : 0, 1); }
  // The lowest `count` bits of `value`.
  void bits(std::uint64_t value, unsigned count) {
    while (count > 0) {
      if (free_ == 0) {
        out_ += '\0';
        free_ = 8;
      }
      const unsigned now = std::min(free_, count);
      const auto part = static_cast<unsigned char>(value >> (count - now) & ((1u << now) - 1));
      out_.back() = static_cast<char>(static_cast<unsigned char>(out_.back()) | part << (free_ - now));
      free_ -= now;
      count -= now;
    }
  }
  void real(double value) { bits(std::bit_cast<std::uint64_t>(value), 64); }

 private:
  std::string& out_;
  unsigned free_ = 0;  // of the last byte
};

// After a call that gave false nothing more may be read.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}
  bool bits(std::uint64_t& value, unsigned count) {
    if (count > bytes_.size() * 8 - at_) return false;
    value = 0;
    while (count > 0) {
      const unsigned left = 8 - static_cast<unsigned>(at_ % 8);
      const unsigned now = std::min(left, count);
      const auto byte = static_cast<unsigned char>(bytes_[at_ / 8]);
      value = value << now | (byte >> (left - now) & ((1u << now) - 1));
      at_ += now;
      count -= now;
    }
    return true;
  }
  bool bit(bool& one) {
    std::uint64_t value = 0;
    if (!bits(value, 1)) return false;
    one = value != 0;
    return true;
  }
  // How many ones come before the next zero, at most `most`; the zero is passed over.
  bool ones(unsigned& count, unsigned most) {
    for (count = 0; count < most; ++count) {
      bool one = false;
      if (!bit(one)) return false;
      if (!one) return true;
    }
    return true;
  }
  bool real(double& value) {
    std::uint64_t raw = 0;
    if (!bits(raw, 64)) return false;
    value = std::bit_cast<double>(raw);
    return true;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

// `count` bits are read as a number from -(2^(count-1) - 1) to 2^(count-1).
inline std::int64_t signed_of(std::uint64_t raw, unsigned count) {
  if (count == 64 || raw <= std::uint64_t{1} << (count - 1)) return static_cast<std::int64_t>(raw);
  return static_cast<std::int64_t>(raw - (std::uint64_t{1} << count));
}
inline bool fits_signed(std::int64_t value, unsigned count) {
  const std::int64_t half = std::int64_t{1} << (count - 1);
  return value >= 1 - half && value <= half;
}

// Each length has a prefix of its own: so many ones, and a zero.
inline constexpr std::array<unsigned, 8> varbit_lengths = {3, 6, 9, 12, 18, 25, 56, 64};

inline void put_varbit(BitWriter& out, std::uint64_t raw, std::size_t length) {
  const auto ones = static_cast<unsigned>(length) + 1;
  for (unsigned i = 0; i < ones; ++i) out.bit(true);
  if (ones < varbit_lengths.size()) out.bit(false);
  out.bits(raw, varbit_lengths[length]);
}
inline void put_varbit_int(BitWriter& out, std::int64_t value) {
  if (value == 0) return out.bit(false);
  std::size_t length = 0;
  while (varbit_lengths[length] < 64 && !fits_signed(value, varbit_lengths[length])) ++length;
  put_varbit(out, static_cast<std::uint64_t>(value), length);
}
inline void put_varbit_uint(BitWriter& out, std::uint64_t value) {
  if (value == 0) return out.bit(false);
  std::size_t length = 0;
  while (varbit_lengths[length] < 64 && value >> varbit_lengths[length] != 0) ++length;
  put_varbit(out, value, length);
}
inline bool read_varbit(BitReader& in, std::uint64_t& raw, unsigned& length) {
  unsigned ones = 0;
  raw = 0;
  length = 0;
  if (!in.ones(ones, varbit_lengths.size())) return false;
  if (ones == 0) return true;
  length = varbit_lengths[ones - 1];
  return in.bits(raw, length);
}
inline bool read_varbit_int(BitReader& in, std::int64_t& value) {
  std::uint64_t raw = 0;
  unsigned length = 0;
  if (!read_varbit(in, raw, length)) return false;
  value = length == 0 ? 0 : signed_of(raw, length);
  return true;
}
inline bool read_varbit_uint(BitReader& in, std::uint64_t& value) {
  unsigned length = 0;
  return read_varbit(in, value, length);
}

// A float that is written as the bits in which it differs from the one before it.
class XorFloat {
 public:
  double value = 0;

  void write(BitWriter& out, double next) {
    const std::uint64_t delta = std::bit_cast<std::uint64_t>(next) ^ std::bit_cast<std::uint64_t>(value);
    value = next;
    out.bit(delta != 0);
    if (delta == 0) return;
    const auto leading = std::min<unsigned>(static_cast<unsigned>(std::countl_zero(delta)), 31);
    const auto trailing = static_cast<unsigned>(std::countr_zero(delta));
    if (known_ && leading >= leading_ && trailing >= trailing_) {
      out.bit(false);
      return out.bits(delta >> trailing_, 64 - leading_ - trailing_);
    }
    known_ = true;
    leading_ = leading;
    trailing_ = trailing;
    const unsigned length = 64 - leading - trailing;
    out.bit(true);
    out.bits(leading, 5);
    out.bits(length, 6);  // 64 becomes 0
    out.bits(delta >> trailing, length);
  }

  bool read(BitReader& in) {
    bool differs = false;
    bool anew = false;
    if (!in.bit(differs)) return false;
    if (!differs) return true;
    if (!in.bit(anew)) return false;
    if (anew) {
      std::uint64_t leading = 0, length = 0;
      if (!in.bits(leading, 5) || !in.bits(length, 6)) return false;
      if (length == 0) length = 64;
      if (leading + length > 64) return false;
      leading_ = static_cast<unsigned>(leading);
      trailing_ = static_cast<unsigned>(64 - leading - length);
    }
    std::uint64_t delta = 0;
    if (!in.bits(delta, 64 - leading_ - trailing_)) return false;
    value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^ delta << trailing_);
    return true;
  }

 private:
  bool known_ = false;
  unsigned leading_ = 0, trailing_ = 0;
};

}  // namespace aloft::telemetry::scrape
