// From the bytes of a label set, as they come over the wire, to its series: what every sample passes. The
// bytes are known by 64 bits folded from a 128-bit hash with a secret seed, so nothing is parsed, and nobody
// can make two label sets meet (by chance, two of a million do once in forty million such stores).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aloft::telemetry::metrics {

// Names a series of the head; a small number that is used again after the series is gone.
using SeriesRef = std::uint32_t;
inline constexpr SeriesRef no_series = UINT32_MAX;

struct LabelHash {
  std::uint64_t place = 0;
  std::uint64_t check = 0;
};
LabelHash hash_label_bytes(std::string_view bytes, std::uint64_t seed);

// Open addressing with linear probing; 12 bytes a slot. Not thread safe.
class SeriesTable {
 public:
  SeriesTable() { resize(1024); }
  SeriesRef find(LabelHash hash) const {
    for (std::size_t at = static_cast<std::size_t>(hash.place) & mask_;; at = (at + 1) & mask_) {
      if (refs_[at] == no_series) return no_series;
      if (checks_[at] == hash.check) return refs_[at];
    }
  }
  void prefetch(LabelHash hash) const {
    __builtin_prefetch(&checks_[static_cast<std::size_t>(hash.place) & mask_]);
    __builtin_prefetch(&refs_[static_cast<std::size_t>(hash.place) & mask_]);
  }
  // The hash is not in yet.
  void insert(LabelHash hash, SeriesRef ref);
  // Keeps the entries of the series that `keep` marks by their number.
  void retain(const std::vector<bool>& keep);
  std::size_t size() const { return size_; }
  std::size_t memory() const { return refs_.size() * 12; }

 private:
  void resize(std::size_t slots);
  void place(std::uint64_t check, std::uint64_t at, SeriesRef ref);
  // The place is not kept: it follows from the check, so that growing needs no more than that.
  std::vector<std::uint64_t> checks_;
  std::vector<SeriesRef> refs_;
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace aloft::telemetry::metrics
