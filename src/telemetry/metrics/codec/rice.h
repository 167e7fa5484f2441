// An adaptive Rice code over 64-bit numbers: the parameter follows the running mean, so there is nothing to
// choose and nothing to store.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::telemetry::metrics {

// Follows the size of the numbers. Encoder and decoder run the same one.
class RiceModel {
 public:
  // `first_bits`: about how many bits the first number has.
  explicit RiceModel(unsigned first_bits) : mean_(std::uint64_t{1} << (first_bits + shift)) {}
  unsigned bits() const {
    // Half a unit is where the next parameter begins to be the shorter one.
    const auto width = static_cast<unsigned>(std::bit_width((mean_ + half) >> shift));
    return width == 0 ? 0 : width - 1;
  }
  void add(std::uint64_t number) {
    const std::uint64_t bounded = number < most ? number : most;
    mean_ += bounded - (mean_ >> shift);
  }
  static constexpr unsigned most_first_bits = 50;

 private:
  static constexpr unsigned shift = 4;
  static constexpr std::uint64_t half = std::uint64_t{1} << (shift - 1);
  static constexpr std::uint64_t most = std::uint64_t{1} << 56;
  std::uint64_t mean_;
};

inline constexpr unsigned rice_escape = 20;  // a longer unary part is written as a whole number instead

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  // `count` is at most 57.
  void put(std::uint64_t bits, unsigned count) {
    pending_ |= bits << used_;
    used_ += count;
    while (used_ >= 8) {
      out_.push_back(static_cast<char>(pending_));
      pending_ >>= 8;
      used_ -= 8;
    }
  }
  void put_rice(std::uint64_t number, unsigned k) {
    const std::uint64_t high = number >> k;
    if (high < rice_escape) {
      // `high` zeros, a one, then the low bits.
      const auto unary = static_cast<unsigned>(high);
      if (unary + 1 + k <= 56) {
        const std::uint64_t low = number & ((std::uint64_t{1} << k) - 1);
        put((low << 1 | 1) << unary, unary + 1 + k);
        return;
      }
      put(std::uint64_t{1} << unary, unary + 1);
      put_wide(number & ((std::uint64_t{1} << k) - 1), k);
      return;
    }
    put(0, rice_escape);
    const auto width = static_cast<unsigned>(std::bit_width(number));
    put(width - 1, 6);
    put_wide(number, width);
  }
  void finish() {
    if (used_ > 0) out_.push_back(static_cast<char>(pending_));
    pending_ = 0;
    used_ = 0;
  }

 private:
  void put_wide(std::uint64_t bits, unsigned count) {
    if (count > 32) {
      put(bits & 0xffffffffu, 32);
      put(bits >> 32, count - 32);
    } else {
      put(bits, count);
    }
  }
  std::string& out_;
  std::uint64_t pending_ = 0;
  unsigned used_ = 0;
};

// Beyond the end there are zeros; ok() is false once they were asked for.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool ok() const { return ok_; }

  std::uint64_t get_rice(unsigned k) {
    fill();
    const auto unary = static_cast<unsigned>(std::countr_zero(pending_ | std::uint64_t{1} << rice_escape));
    if (unary < rice_escape) {
      drop(unary + 1);
      if (k == 0) return unary;
      return std::uint64_t{unary} << k | get(k);
    }
    drop(rice_escape);
    const auto width = static_cast<unsigned>(get(6)) + 1;
    return get(width);
  }

 private:
  std::uint64_t get(unsigned count) {
    if (count <= 32) return get_short(count);
    const std::uint64_t low = get_short(32);
    return low | get_short(count - 32) << 32;
  }
  std::uint64_t get_short(unsigned count) {
    if (held_ < count) fill();
    const std::uint64_t bits = pending_ & ((std::uint64_t{1} << count) - 1);
    drop(count);
    return bits;
  }
  void drop(unsigned count) {
    if (held_ < count) {
      ok_ = false;
      pending_ = 0;
      held_ = 0;
      return;
    }
    pending_ >>= count;
    held_ -= count;
  }
  void fill() {
    if (held_ > 56) return;
    if (end_ - at_ >= 8) {
      std::uint64_t next = 0;
      __builtin_memcpy(&next, at_, 8);
      pending_ |= next << held_;
      const unsigned taken = (63 - held_) / 8;
      at_ += taken;
      held_ += taken * 8;
      if (held_ < 64) pending_ &= (std::uint64_t{1} << held_) - 1;
      return;
    }
    while (held_ <= 56 && at_ != end_) {
      pending_ |= std::uint64_t{static_cast<std::uint8_t>(*at_++)} << held_;
      held_ += 8;
    }
  }

  const char* at_;
  const char* end_;
  std::uint64_t pending_ = 0;
  unsigned held_ = 0;
  bool ok_ = true;
};

}  // namespace aloft::telemetry::metrics
