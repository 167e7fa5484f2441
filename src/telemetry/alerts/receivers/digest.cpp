// MD5 by the book, and HMAC (RFC 2104) over any digest with blocks of 64 bytes.
#include "telemetry/alerts/receivers/digest.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "http/tls.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t block_bytes = 64;

template <class Digest>
std::string hmac(Digest digest, std::string_view key, std::string_view bytes) {
  std::string padded(key.size() > block_bytes ? digest(key) : std::string(key));
  padded.resize(block_bytes, '\0');
  std::string inner = padded;
  std::string outer = padded;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner.append(bytes);
  return digest(outer + digest(inner));
}

}  // namespace

std::string md5(std::string_view bytes) {
  constexpr std::array<int, 16> shifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
  std::string padded(bytes);
  padded += static_cast<char>(0x80);
  while (padded.size() % block_bytes != 56) padded += '\0';
  const std::uint64_t bits = bytes.size() * 8;
  for (int i = 0; i < 8; ++i) padded += static_cast<char>(bits >> (8 * i));
  std::array<std::uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t at = 0; at < padded.size(); at += block_bytes) {
    std::array<std::uint32_t, 16> words{};
    std::memcpy(words.data(), padded.data() + at, block_bytes);
    auto [a, b, c, d] = state;
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint32_t round = i / 16;
      const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                  : round == 1 ? (d & b) | (~d & c)
                                  : round == 2 ? b ^ c ^ d
                                               : c ^ (b | ~d);
      const std::uint32_t word = round == 0   ? i
                                 : round == 1 ? (5 * i + 1) % 16
                                 : round == 2 ? (3 * i + 5) % 16
                                              : (7 * i) % 16;
      const auto constant = static_cast<std::uint32_t>(
          std::floor(std::abs(std::sin(static_cast<double>(i) + 1)) * 4294967296.0));
      const std::uint32_t sum = a + mixed + constant + words[word];
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, shifts[round * 4 + i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
  std::string out(16, '\0');
  std::memcpy(out.data(), state.data(), 16);
  return out;
}

std::string hmac_md5(std::string_view key, std::string_view bytes) { return hmac(md5, key, bytes); }
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  return hmac([](std::string_view text) { return http::sha256(text); }, key, bytes);
}

}  // namespace aloft::telemetry::alerts
