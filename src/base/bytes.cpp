// Texts for bytes (base64, hexadecimal), a hash that never changes, and the check that text is UTF-8. All of
// them run over whole objects, so they work on words and tables.
#include "base/bytes.h"

#include <array>
#include <cstring>

namespace aloft {
namespace {

constexpr char standard_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 255;

constexpr std::array<std::uint8_t, 256> reverse_of(const char* alphabet) {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(alphabet[i])] = i;
  return values;
}
constexpr auto standard_values = reverse_of(standard_alphabet);
constexpr auto url_values = reverse_of(url_alphabet);

std::uint32_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

std::string encode(std::string_view bytes, const char* alphabet, bool padded) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  char* at = out.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    *at++ = alphabet[group >> 18];
    *at++ = alphabet[group >> 12 & 63];
    *at++ = alphabet[group >> 6 & 63];
    *at++ = alphabet[group & 63];
  }
  const std::size_t left = bytes.size() - i;
  if (left > 0) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | (left == 2 ? byte_at(bytes, i + 1) << 8 : 0);
    *at++ = alphabet[group >> 18];
    *at++ = alphabet[group >> 12 & 63];
    if (left == 2) *at++ = alphabet[group >> 6 & 63];
  }
  if (!padded) out.resize(static_cast<std::size_t>(at - out.data()));
  return out;
}

// Collects digits of six bits and hands on whole bytes.
struct Decoder {
  const std::array<std::uint8_t, 256>& values;
  std::string out;
  std::uint32_t group = 0;
  unsigned digits = 0;  // Of the unfinished group of four.

  bool add(char c) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == no_digit) return false;
    group = group << 6 | value;
    if (++digits == 4) {
      const char bytes[] = {static_cast<char>(group >> 16), static_cast<char>(group >> 8),
                            static_cast<char>(group)};
      out.append(bytes, 3);
      group = digits = 0;
    }
    return true;
  }
  // Ends a group of two or three digits; the bits that make no whole byte are in `stray`.
  bool finish(std::uint32_t& stray) {
    stray = 0;
    if (digits == 1) return false;
    if (digits == 2) {
      out += static_cast<char>(group >> 4);
      stray = group & 15;
    }
    if (digits == 3) {
      const char bytes[] = {static_cast<char>(group >> 10), static_cast<char>(group >> 2)};
      out.append(bytes, 2);
      stray = group & 3;
    }
    return true;
  }
};

bool is_line_break(char c) { return c == '\n' || c == '\r'; }

// The length of the well-formed sequence of two to four bytes at `at`, 0 when there is none.
std::size_t utf8_sequence(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  const auto follows = [&](std::size_t i) { return (at[i] & 0xc0) == 0x80; };
  if (lead >= 0xc2 && lead <= 0xdf) return left >= 2 && follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (left < 3 || !follows(1) || !follows(2)) return 0;
    const bool overlong = lead == 0xe0 && at[1] < 0xa0;
    const bool surrogate = lead == 0xed && at[1] >= 0xa0;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (left < 4 || !follows(1) || !follows(2) || !follows(3)) return 0;
    const bool overlong = lead == 0xf0 && at[1] < 0x90;
    const bool beyond_unicode = lead == 0xf4 && at[1] >= 0x90;
    return overlong || beyond_unicode ? 0 : 4;
  }
  return 0;
}

}  // namespace

std::string base64_encode(std::string_view bytes) { return encode(bytes, standard_alphabet, true); }
std::string base64url_encode(std::string_view bytes) { return encode(bytes, url_alphabet, false); }

bool base64_decode(std::string_view text, std::string& out) {
  Decoder decoder{standard_values, {}};
  decoder.out.reserve(text.size() / 4 * 3);
  unsigned padding = 0;
  for (const char c : text) {
    if (is_line_break(c)) continue;
    if (c == '=') {
      ++padding;
    } else if (padding > 0 || !decoder.add(c)) {
      return false;
    }
  }
  std::uint32_t stray = 0;
  if (padding != (decoder.digits == 0 ? 0 : 4 - decoder.digits) || !decoder.finish(stray)) return false;
  out = std::move(decoder.out);
  return true;
}

bool base64url_decode(std::string_view text, std::string& out) {
  Decoder decoder{url_values, {}};
  decoder.out.reserve(text.size() / 4 * 3 + 2);
  for (const char c : text) {
    if (!decoder.add(c)) return false;
  }
  std::uint32_t stray = 0;
  if (!decoder.finish(stray) || stray != 0) return false;
  out = std::move(decoder.out);
  return true;
}

std::string hex_encode(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = digits[byte_at(bytes, i) >> 4];
    out[2 * i + 1] = digits[byte_at(bytes, i) & 15];
  }
  return out;
}

std::uint64_t stable_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool is_utf8(std::string_view bytes) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  while (at != end) {
    // Nearly all text is ASCII: eight bytes at a time while that holds.
    std::uint64_t word = 0;
    while (end - at >= 8) {
      std::memcpy(&word, at, 8);
      if ((word & high_bits) != 0) break;
      at += 8;
    }
    while (at != end && *at < 0x80) ++at;
    while (at != end && *at >= 0x80) {
      const std::size_t length = utf8_sequence(at, static_cast<std::size_t>(end - at));
      if (length == 0) return false;
      at += length;
    }
  }
  return true;
}

}  // namespace aloft
