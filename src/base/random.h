// Randomness as a service that is handed in: the machine's in production, a printed seed in tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace aloft {

// Not thread safe; one per loop. Only SystemRandom makes secrets.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  virtual void fill(std::span<std::byte> out) = 0;
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

// The kernel's generator; fit for keys and tokens. Asks it for many bytes at once and forgets what it has
// given.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
  void fill(std::span<std::byte> out) override;

 private:
  std::array<std::byte, 512> pool_;
  std::size_t left_ = 0;  // at the end of the pool
};

// Repeatable from its seed; for tests and simulation only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }
  void fill(std::span<std::byte> out) override;

 private:
  std::mt19937_64 engine_;
};

// A version 4 UUID (RFC 9562): "6ba7b810-9dad-41d1-80b4-00c04fd430c8".
std::string make_uuid(Random& random);

// `length` letters of the alphabet bcdfghjklmnpqrstvwxz2456789 that generated names use: it has no vowels and
// no digits that read as letters, so no words appear by chance.
std::string make_name_suffix(Random& random, std::size_t length);

}  // namespace aloft
