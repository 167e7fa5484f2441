// The instants of a range query, up to the ends of what a time can be.
#include "telemetry/promql/eval/context.h"

#include <limits>

#include <gtest/gtest.h>

namespace aloft::telemetry::promql {
namespace {

TEST(Steps, both_ends_count) {
  EXPECT_EQ((Steps{0, 60'000, 15'000}.count()), 5u);
  EXPECT_EQ((Steps{0, 59'999, 15'000}.count()), 4u);
  EXPECT_EQ((Steps{7, 7, 1}.count()), 1u);
  EXPECT_EQ((Steps{8, 7, 1}.count()), 0u);
}

TEST(Steps, from_one_end_of_time_to_the_other) {
  using Limits = std::numeric_limits<Millis>;
  EXPECT_EQ((Steps{Limits::min(), Limits::max(), Millis{1} << 62}.count()), 4u);
  EXPECT_EQ((Steps{-9'200'000'000'000'000'000, 9'200'000'000'000'000'000, 1000}.count()),
            18'400'000'000'000'001u);
}

}  // namespace
}  // namespace aloft::telemetry::promql
