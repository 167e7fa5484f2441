// Hashing of words and the bits of the filter.
#include "telemetry/logs/store/token_filter.h"

#include <bit>

#include <xxhash.h>

#include "telemetry/logs/store/line_codec.h"

namespace aloft::telemetry::logs {
namespace {

// Shorter words are in nearly every group.
constexpr std::size_t least_word_bytes = 4;
constexpr std::size_t bits_per_word = 8;
constexpr unsigned probes = 5;

std::uint64_t hash_word(std::string_view word) {
  const std::uint64_t hash = XXH3_64bits(word.data(), word.size());
  return hash == 0 ? 1 : hash;
}

std::uint64_t hash_field(std::string_view name, std::string_view value) {
  const std::uint64_t seed = XXH3_64bits(name.data(), name.size());
  const std::uint64_t hash = XXH3_64bits_withSeed(value.data(), value.size(), seed | 1);
  return hash == 0 ? 1 : hash;
}

// Calls f(begin, end) for every word.
template <class F>
void for_each_word(std::string_view text, F&& f) {
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && !is_word_byte(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
    if (at - begin >= least_word_bytes) f(begin, at);
  }
}

template <class F>
void for_each_bit(std::uint64_t hash, std::uint64_t bits, F&& f) {
  std::uint64_t step = std::rotl(hash, 32) | 1;
  for (unsigned i = 0; i < probes; ++i) {
    // The high half of a product spreads evenly without a division.
    f(static_cast<std::uint64_t>((static_cast<unsigned __int128>(hash) * bits) >> 64));
    hash += step;
    step = std::rotl(step, 7) | 1;
  }
}

}  // namespace

TokenFilterBuilder::TokenFilterBuilder() : seen_(4096, 0) {}

void TokenFilterBuilder::add(std::uint64_t hash) {
  std::size_t at = hash & (seen_.size() - 1);
  while (seen_[at] != 0) {
    if (seen_[at] == hash) return;
    at = (at + 1) & (seen_.size() - 1);
  }
  seen_[at] = hash;
  if (++count_ * 2 > seen_.size()) grow();
}

void TokenFilterBuilder::grow() {
  std::vector<std::uint64_t> wider(seen_.size() * 2, 0);
  for (const std::uint64_t hash : seen_) {
    if (hash == 0) continue;
    std::size_t at = hash & (wider.size() - 1);
    while (wider[at] != 0) at = (at + 1) & (wider.size() - 1);
    wider[at] = hash;
  }
  seen_.swap(wider);
}

void TokenFilterBuilder::add_line(std::string_view line) {
  for_each_word(line,
                [&](std::size_t begin, std::size_t end) { add(hash_word(line.substr(begin, end - begin))); });
}

void TokenFilterBuilder::add_field(std::string_view name, std::string_view value) {
  add(hash_field(name, value));
}

std::string TokenFilterBuilder::finish() {
  std::string filter((count_ * bits_per_word + 7) / 8, '\0');
  const std::uint64_t bits = filter.size() * 8;
  for (std::uint64_t& hash : seen_) {
    if (hash == 0) continue;
    for_each_bit(hash, bits, [&](std::uint64_t bit) {
      filter[bit >> 3] = static_cast<char>(static_cast<unsigned char>(filter[bit >> 3]) | 1u << (bit & 7));
    });
    hash = 0;
  }
  count_ = 0;
  return filter;
}

void TokenQuery::require_literal(std::string_view literal) {
  for_each_word(literal, [&](std::size_t begin, std::size_t end) {
    if (begin > 0 && end < literal.size()) hashes_.push_back(hash_word(literal.substr(begin, end - begin)));
  });
}

void TokenQuery::require_field(std::string_view name, std::string_view value) {
  hashes_.push_back(hash_field(name, value));
}

bool TokenQuery::may_match(std::string_view filter) const {
  const std::uint64_t bits = filter.size() * 8;
  for (const std::uint64_t hash : hashes_) {
    if (bits == 0) return false;
    bool present = true;
    for_each_bit(hash, bits, [&](std::uint64_t bit) {
      present = present && (static_cast<unsigned char>(filter[bit >> 3]) >> (bit & 7) & 1) != 0;
    });
    if (!present) return false;
  }
  return true;
}

}  // namespace aloft::telemetry::logs
