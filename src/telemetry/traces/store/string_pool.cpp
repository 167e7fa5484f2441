// Hashing and look-up of strings by open addressing, since every attribute of every span passes here.
#include "telemetry/traces/store/string_pool.h"

#include <bit>
#include <cstring>

namespace aloft::telemetry::traces {
namespace {

std::uint64_t load(const char* at, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, size);
  return value;
}

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint64_t quick_hash(std::string_view text) {
  constexpr std::uint64_t k1 = 0xa0761d6478bd642fULL;
  constexpr std::uint64_t k2 = 0xe7037ed1a0b428dbULL;
  if (text.empty()) return 0;
  std::uint64_t hash = text.size() * k1;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left > 8; left -= 8, at += 8) hash = fold(hash ^ load(at, 8), k2);
  return fold(hash ^ load(at, left), k1 ^ k2);
}

Interner::Interner(StringPool& pool, std::size_t expected)
    : pool_(pool), slots_(std::bit_ceil(std::max<std::size_t>(expected * 2, 16))) {
  for (std::uint32_t id = 1; id < pool_.size(); ++id) {
    if (++used_ * 2 > slots_.size()) grow();
    const auto hash = static_cast<std::uint32_t>(quick_hash(pool_.at(id)));
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].id != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, id};
  }
}

std::uint32_t Interner::intern(std::string_view text) {
  if (text.empty()) return 0;
  const auto hash = static_cast<std::uint32_t>(quick_hash(text));
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].id != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && pool_.at(slots_[at].id) == text) return slots_[at].id;
  }
  const std::uint32_t id = pool_.append(text);
  slots_[at] = {hash, id};
  if (++used_ * 2 > slots_.size()) grow();
  return id;
}

void Interner::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.id == 0) continue;
    std::size_t at = slot.hash & (larger.size() - 1);
    while (larger[at].id != 0) at = (at + 1) & (larger.size() - 1);
    larger[at] = slot;
  }
  slots_.swap(larger);
}

}  // namespace aloft::telemetry::traces
