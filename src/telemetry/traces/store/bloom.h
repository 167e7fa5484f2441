// Which traces a block certainly does not hold: a Bloom filter of ten bits a trace, wrong once in a hundred.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {

class TraceBloom {
 public:
  TraceBloom() = default;
  explicit TraceBloom(std::size_t traces) : bits_((traces * 10 + 71) / 8, '\0') {}
  static TraceBloom from_bytes(std::string bytes) {
    TraceBloom bloom;
    bloom.bits_ = std::move(bytes);
    return bloom;
  }
  void add(const TraceId& id) {
    each(id, [this](std::uint64_t bit) {
      bits_[bit / 8] = static_cast<char>(bits_[bit / 8] | (1 << (bit % 8)));
      return true;
    });
  }
  // True when in doubt.
  bool may_hold(const TraceId& id) const {
    if (bits_.empty()) return true;
    return each(id, [this](std::uint64_t bit) { return (bits_[bit / 8] >> (bit % 8) & 1) != 0; });
  }
  const std::string& bytes() const { return bits_; }

 private:
  // Seven bits from two hashes; stops at the first for which f gives false.
  template <class F>
  bool each(const TraceId& id, F f) const {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, id.data(), 8);
    std::memcpy(&b, id.data() + 8, 8);
    const std::uint64_t step = mix64(a + 0x9e3779b97f4a7c15ULL * b) | 1;
    std::uint64_t hash = mix64(b ^ mix64(a));
    for (int i = 0; i < 7; ++i, hash += step) {
      if (!f(hash % (bits_.size() * 8))) return false;
    }
    return true;
  }
  std::string bits_;
};

}  // namespace aloft::telemetry::traces
