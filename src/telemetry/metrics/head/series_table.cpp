// Growing and thinning the table.
#include "telemetry/metrics/head/series_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace aloft::telemetry::metrics {

LabelHash hash_label_bytes(std::string_view bytes, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  // The place is taken from the check, so it can be found again when the table grows; the other half of the
  // hash makes the check what it is.
  const std::uint64_t check = hash.high64 ^ (hash.low64 * 0x9e3779b97f4a7c15);
  return {.place = check ^ check >> 32, .check = check};
}

void SeriesTable::insert(LabelHash hash, SeriesRef ref) {
  if ((size_ + 1) * 5 > refs_.size() * 4) resize(refs_.size() * 2);
  place(hash.check, hash.place, ref);
  ++size_;
}

void SeriesTable::place(std::uint64_t check, std::uint64_t at, SeriesRef ref) {
  std::size_t slot = static_cast<std::size_t>(at) & mask_;
  while (refs_[slot] != no_series) slot = (slot + 1) & mask_;
  checks_[slot] = check;
  refs_[slot] = ref;
}

void SeriesTable::resize(std::size_t slots) {
  const auto checks = std::move(checks_);
  const auto refs = std::move(refs_);
  checks_.assign(slots, 0);
  refs_.assign(slots, no_series);
  mask_ = slots - 1;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (refs[i] != no_series) place(checks[i], checks[i] ^ checks[i] >> 32, refs[i]);
  }
}

void SeriesTable::retain(const std::vector<bool>& keep) {
  const auto checks = checks_;
  const auto refs = refs_;
  std::size_t kept = 0;
  for (const SeriesRef ref : refs) {
    if (ref != no_series && keep[ref]) ++kept;
  }
  std::size_t slots = 1024;
  while (kept * 3 > slots * 2) slots *= 2;
  checks_.assign(slots, 0);
  refs_.assign(slots, no_series);
  mask_ = slots - 1;
  size_ = kept;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (refs[i] != no_series && keep[refs[i]]) place(checks[i], checks[i] ^ checks[i] >> 32, refs[i]);
  }
}

}  // namespace aloft::telemetry::metrics
