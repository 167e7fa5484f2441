// Random bits from the kernel or from a seed, and the names that are made of them.
#include "base/random.h"

#include <cerrno>
#include <cstring>

#include <sys/random.h>

#include "base/ensure.h"

namespace aloft {

namespace {

void ask_kernel(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    ensure(got > 0, "the kernel gives random bytes");
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
  ensure(bound > 0, "Random::below needs a positive bound");
  // The first 2^64 mod bound values would make small results likelier, so they are drawn again.
  const std::uint64_t surplus = (0 - bound) % bound;
  std::uint64_t value = next();
  while (value < surplus) value = next();
  return value % bound;
}

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

void SystemRandom::fill(std::span<std::byte> out) {
  if (out.size() > pool_.size() / 4) return ask_kernel(out);
  if (left_ < out.size()) {
    ask_kernel(pool_);
    left_ = pool_.size();
  }
  std::byte* const taken = pool_.data() + (pool_.size() - left_);
  std::memcpy(out.data(), taken, out.size());
  std::memset(taken, 0, out.size());
  left_ -= out.size();
}

void SeededRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t value = next();
    const std::size_t size = std::min(out.size(), sizeof(value));
    std::memcpy(out.data(), &value, size);
    out = out.subspan(size);
  }
}

std::string make_uuid(Random& random) {
  constexpr char digits[] = "0123456789abcdef";
  std::array<std::byte, 16> bytes;
  random.fill(bytes);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};  // Version 4.
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};  // The variant of RFC 9562.
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    const auto value = std::to_integer<unsigned>(bytes[i]);
    out += digits[value >> 4];
    out += digits[value & 15];
  }
  return out;
}

std::string make_name_suffix(Random& random, std::size_t length) {
  constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string out;
  out.reserve(length);
  for (std::size_t i = 0; i < length; ++i) out += alphabet[random.below(alphabet.size())];
  return out;
}

}  // namespace aloft
