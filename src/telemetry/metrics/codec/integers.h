// Whole numbers in few bits: what a column of times or scaled values becomes. A predictor (none, last value,
// last slope) leaves small residuals, a common divisor makes them smaller, and an adaptive Rice code writes
// them in about their entropy. Any 64-bit numbers are taken; arithmetic wraps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "telemetry/metrics/codec/bytes.h"

namespace aloft::telemetry::metrics {

// Buffers that encoding uses again and again.
struct IntegerScratch {
  std::vector<std::uint64_t> residuals;
};

// Appends numbers; how many there are the reader must know.
void encode_integers(std::span<const std::int64_t> numbers, IntegerScratch& scratch, std::string& out);
// Reads `count` numbers up to the end of `in`; `out` is replaced. False for damaged bytes.
bool decode_integers(ByteReader in, std::size_t count, std::vector<std::int64_t>& out);

// The same with a column that moves alike, a histogram's neighbouring bucket for instance: the steps of
// `reference`, scaled, predict the steps of `numbers`. Gives false, and appends nothing, when that is no
// shorter than `limit_bytes`. Both have the same length.
bool encode_integers_like(std::span<const std::int64_t> numbers, std::span<const std::int64_t> reference,
                          std::size_t limit_bytes, IntegerScratch& scratch, std::string& out);
bool decode_integers_like(ByteReader in, std::span<const std::int64_t> reference,
                          std::vector<std::int64_t>& out);
// About the bits that the first numbers would take, alone and predicted from `reference`; for choosing one.
std::uint64_t estimate_bits(std::span<const std::int64_t> numbers);
std::uint64_t estimate_like_bits(std::span<const std::int64_t> numbers,
                                 std::span<const std::int64_t> reference);

}  // namespace aloft::telemetry::metrics
