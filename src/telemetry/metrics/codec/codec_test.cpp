// Nothing is lost: every column of numbers and values comes back bit by bit, and damaged bytes are refused or
// read as something, never more.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/core/metric_batch.h"
#include "telemetry/metrics/codec/integers.h"
#include "telemetry/metrics/codec/values.h"

namespace aloft::telemetry::metrics {
namespace {

using Numbers = std::vector<std::int64_t>;
using Values = std::vector<double>;

std::vector<std::uint64_t> bits(const Values& values) {
  std::vector<std::uint64_t> out;
  for (const double value : values) out.push_back(std::bit_cast<std::uint64_t>(value));
  return out;
}

std::string encoded(const Numbers& numbers) {
  IntegerScratch scratch;
  std::string out;
  encode_integers(numbers, scratch, out);
  return out;
}

std::string encoded(const Values& values) {
  IntegerScratch scratch;
  ScaledValues scaled;
  scale_values(values, scaled);
  std::string out;
  encode_values(scaled, {}, scratch, out);
  return out;
}

Values decoded(std::string_view bytes, std::size_t count) {
  ByteReader in(bytes);
  const ValuesHead head = read_values_head(in);
  Numbers numbers;
  Values values;
  if (!decode_numbers(head, in, count, {}, numbers) || !numbers_to_values(head, numbers, count, values)) {
    return {};
  }
  return values;
}

TEST(Integers, come_back_whatever_they_are) {
  EXPECT_TRUE(rc::check([] {
    const unsigned shift = static_cast<unsigned>(*rc::gen::inRange(0, 64));
    Numbers numbers = *rc::gen::arbitrary<Numbers>();
    for (std::int64_t& number : numbers) number >>= shift;
    Numbers read;
    RC_ASSERT(decode_integers(ByteReader(encoded(numbers)), numbers.size(), read));
    RC_ASSERT(read == numbers);
  }));
}

TEST(Integers, extremes_come_back) {
  const auto least = std::numeric_limits<std::int64_t>::min();
  const auto most = std::numeric_limits<std::int64_t>::max();
  for (const Numbers& numbers : {Numbers{least, most, least, 0, most}, Numbers{most}, Numbers{0, least},
                                 Numbers{1, 2, 3, least, 4, 5, 6}, Numbers{}}) {
    Numbers read;
    ASSERT_TRUE(decode_integers(ByteReader(encoded(numbers)), numbers.size(), read));
    EXPECT_EQ(read, numbers);
  }
}

TEST(Integers, a_steady_clock_takes_a_few_bytes) {
  Numbers times;
  for (int i = 0; i < 500; ++i) times.push_back(1'700'000'000'000 + 15'000 * i);
  EXPECT_LE(encoded(times).size(), 12U);
}

TEST(Integers, multiples_are_divided) {
  Numbers pages;
  for (int i = 0; i < 500; ++i) pages.push_back(4096 * ((i * 7919) % 101));
  Numbers plain;
  for (const std::int64_t number : pages) plain.push_back(number / 4096);
  EXPECT_LE(encoded(pages).size(), encoded(plain).size() + 6);
}

TEST(Integers, a_column_that_moves_like_another_comes_back_and_is_short) {
  EXPECT_TRUE(rc::check([] {
    const Numbers reference = *rc::gen::arbitrary<Numbers>();
    Numbers numbers = *rc::gen::container<Numbers>(reference.size(), rc::gen::arbitrary<std::int64_t>());
    if (*rc::gen::arbitrary<bool>()) {
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = numbers[i] % 3 + reference[i] / 5;
    }
    IntegerScratch scratch;
    std::string out;
    if (!encode_integers_like(numbers, reference, 100'000, scratch, out)) return;
    Numbers read;
    RC_ASSERT(decode_integers_like(ByteReader(out), reference, read));
    RC_ASSERT(read == numbers);
  }));
  Numbers reference{0};
  Numbers numbers{7};
  for (int i = 1; i < 500; ++i) {
    reference.push_back(reference.back() + 100 + (i * 7919) % 97);
    numbers.push_back(numbers.back() + (reference.back() - reference[static_cast<std::size_t>(i) - 1]) / 3);
  }
  IntegerScratch scratch;
  std::string alike;
  ASSERT_TRUE(encode_integers_like(numbers, reference, 10'000, scratch, alike));
  EXPECT_LT(alike.size() * 3, encoded(numbers).size());
}

TEST(Values, every_bit_pattern_comes_back) {
  EXPECT_TRUE(rc::check([] {
    Values values;
    const auto patterns = *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<std::uint64_t>>());
    for (const std::uint64_t pattern : patterns) values.push_back(std::bit_cast<double>(pattern));
    RC_ASSERT(bits(decoded(encoded(values), values.size())) == bits(values));
  }));
}

TEST(Values, decimals_among_special_values_come_back) {
  EXPECT_TRUE(rc::check([] {
    Values values;
    const auto mantissas = *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<std::int32_t>>());
    const double power = std::pow(10.0, *rc::gen::inRange(-12, 16));
    const int special_every = *rc::gen::inRange(1, 40);
    const Values specials{stale_nan(),
                          std::bit_cast<double>(normal_nan_bits),
                          std::numeric_limits<double>::infinity(),
                          -std::numeric_limits<double>::infinity(),
                          -0.0,
                          std::numeric_limits<double>::denorm_min(),
                          std::numeric_limits<double>::max()};
    int index = 0;
    for (const std::int32_t mantissa : mantissas) {
      ++index;
      values.push_back(index % special_every == 0
                           ? specials[static_cast<std::size_t>(index) % specials.size()]
                           : mantissa / power);
    }
    RC_ASSERT(bits(decoded(encoded(values), values.size())) == bits(values));
  }));
}

TEST(Values, two_decimals_cost_what_their_digits_cost) {
  Values load;
  Values whole;
  for (int i = 0; i < 500; ++i) {
    whole.push_back((i * 7919) % 64);
    load.push_back(whole.back() / 100);
  }
  EXPECT_LE(encoded(load).size(), encoded(whole).size() + 1);
  EXPECT_LE(encoded(whole).size(), 500U);
}

TEST(Values, a_constant_takes_no_bits_a_sample) {
  EXPECT_LE(encoded(Values(500, 1)).size(), 2U);
  EXPECT_LE(encoded(Values(500, stale_nan())).size(), 9U);
}

TEST(Values, damaged_bytes_never_read_outside) {
  EXPECT_TRUE(rc::check([](std::string bytes, std::uint16_t count) { decoded(bytes, count); }));
}

}  // namespace
}  // namespace aloft::telemetry::metrics
