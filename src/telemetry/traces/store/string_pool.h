// The distinct strings of a table of spans, each known by a small number. Number 0 is the empty string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::telemetry::traces {

// A value; reading is safe from any thread once it is complete.
class StringPool {
 public:
  StringPool() : offsets_{0, 0} {}
  std::size_t size() const { return offsets_.size() - 1; }
  std::string_view at(std::uint32_t id) const {
    return std::string_view(bytes_).substr(offsets_[id], offsets_[id + 1] - offsets_[id]);
  }
  // Adds without looking whether it is there.
  std::uint32_t append(std::string_view text) {
    bytes_ += text;
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    return static_cast<std::uint32_t>(offsets_.size() - 2);
  }
  std::size_t bytes() const { return bytes_.size() + offsets_.size() * 4; }
  std::string_view text() const { return bytes_; }
  void reserve(std::size_t strings, std::size_t bytes) {
    offsets_.reserve(strings + 1);
    bytes_.reserve(bytes);
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> offsets_;
};

// Fills a pool without repeating a string. The pool outlives it.
class Interner {
 public:
  explicit Interner(StringPool& pool, std::size_t expected = 64);
  std::uint32_t intern(std::string_view text);

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = 0;  // 0: free; the empty string is answered before
  };
  void grow();

  StringPool& pool_;
  std::vector<Slot> slots_;  // open addressing; the size is a power of two
  std::size_t used_ = 0;
};

// A fast hash for tables in memory; not stable across versions.
std::uint64_t quick_hash(std::string_view text);
// Spreads the bits of numbers that may be small or sequential.
inline std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace aloft::telemetry::traces
