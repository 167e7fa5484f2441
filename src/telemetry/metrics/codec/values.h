// Sample values as whole numbers: decimal fractions become a mantissa with a common exponent (0.25 and 1.5
// are 25 and 150 over 100), everything else its bits without common trailing zeros. Every bit pattern comes
// back: what a decimal form cannot hold (NaN, stale markers, infinities, negative zero) is kept beside it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/metrics/codec/integers.h"

namespace aloft::telemetry::metrics {

// Values in their whole-number form.
struct ScaledValues {
  enum class Kind : std::uint8_t { constant, constant_integer, decimal, bits };
  Kind kind = Kind::constant;
  std::uint8_t scale = 0;  // decimal: digits after the point; bits: trailing zeros that were dropped
  std::vector<std::int64_t> numbers;                                // one for the constant kinds
  std::vector<std::pair<std::uint32_t, std::uint64_t>> exceptions;  // index, bits; decimal only
};

// `values` are not empty. Takes the form that should need least; reuses the buffers of `out`.
void scale_values(std::span<const double> values, ScaledValues& out);

// Where to find the column that a chunk was predicted from.
struct LikeReference {
  std::uint32_t distance = 0;  // series before this one; 0: none
  std::span<const std::int64_t> numbers;
};

// Appends a chunk of values. A reference is used only where it saves bytes; true says that it was.
bool encode_values(const ScaledValues& values, LikeReference like, IntegerScratch& scratch, std::string& out);

// What the head of a chunk says; the rest is read by decode_values().
struct ValuesHead {
  ScaledValues::Kind kind = ScaledValues::Kind::constant;
  std::uint8_t scale = 0;
  std::uint32_t like = 0;  // LikeReference::distance
  std::vector<std::pair<std::uint32_t, std::uint64_t>> exceptions;
  bool ok = false;
};
ValuesHead read_values_head(ByteReader& in);
// `in` is behind the head. `reference`: the numbers of the series that the head names, when it names one.
// False for damaged bytes.
bool decode_numbers(const ValuesHead& head, ByteReader in, std::size_t count,
                    std::span<const std::int64_t> reference, std::vector<std::int64_t>& numbers);
// Appends `count` values.
bool numbers_to_values(const ValuesHead& head, std::span<const std::int64_t> numbers, std::size_t count,
                       std::vector<double>& out);

}  // namespace aloft::telemetry::metrics
