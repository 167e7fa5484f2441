// Looks for the first and the last byte of the literal at their distance, sixteen places at once.
#include "telemetry/logs/store/find_literal.h"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aloft::telemetry::logs {
namespace {

std::size_t find_slowly(std::string_view text, std::string_view literal, std::size_t from) {
  const void* const found = ::memmem(text.data() + from, text.size() - from, literal.data(), literal.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

std::size_t find_literal(std::string_view text, std::string_view literal, std::size_t from) {
  if (from > text.size() || text.size() - from < literal.size()) return std::string_view::npos;
  if (literal.empty()) return from;
#if defined(__SSE2__)
  const std::size_t last = literal.size() - 1;
  const __m128i first_byte = _mm_set1_epi8(literal.front());
  const __m128i last_byte = _mm_set1_epi8(literal.back());
  // Both loads stay inside the text.
  while (from + last + 16 <= text.size()) {
    const auto* at = reinterpret_cast<const __m128i*>(text.data() + from);
    const auto* behind = reinterpret_cast<const __m128i*>(text.data() + from + last);
    const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(at), first_byte),
                                       _mm_cmpeq_epi8(_mm_loadu_si128(behind), last_byte));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(both));
    while (mask != 0) {
      const std::size_t place = from + static_cast<std::size_t>(std::countr_zero(mask));
      if (std::memcmp(text.data() + place, literal.data(), literal.size()) == 0) return place;
      mask &= mask - 1;
    }
    from += 16;
  }
#endif
  return find_slowly(text, literal, from);
}

}  // namespace aloft::telemetry::logs
