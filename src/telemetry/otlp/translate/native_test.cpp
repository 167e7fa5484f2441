// Exponential histograms as native ones: no count is lost, and every bucket stands where its bounds are.
#include "telemetry/otlp/translate/native.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::telemetry::otlp {
namespace {

using ::testing::ElementsAre;

// Native index to count, without empty buckets.
std::map<std::int64_t, double> buckets_of(const std::vector<NativeHistogram::Span>& spans,
                                          const std::vector<double>& counts) {
  std::map<std::int64_t, double> out;
  std::int64_t index = 0;
  std::size_t at = 0;
  for (const NativeHistogram::Span& span : spans) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i, ++index) {
      if (counts[at] != 0) out[index] = counts[at];
      ++at;
    }
  }
  EXPECT_EQ(at, counts.size());
  return out;
}

ExponentialPoint point_with(std::int32_t scale, std::int32_t offset, std::vector<std::uint64_t> counts) {
  ExponentialPoint point;
  point.scale = scale;
  point.positive.offset = offset;
  point.positive.counts = std::move(counts);
  return point;
}

TEST(Native, a_bucket_is_named_by_its_upper_bound) {
  // OpenTelemetry's bucket 1 of scale 0 is (2, 4], which has the native index 2.
  const auto made = to_native(point_with(0, 1, {0, 2, 0, 0, 0, 0, 5}));
  ASSERT_TRUE(made);
  EXPECT_THAT(buckets_of(made->positive_spans, made->positive_buckets),
              ElementsAre(std::pair(3, 2.0), std::pair(8, 5.0)));
  EXPECT_EQ(made->positive_spans.size(), 2u);
}

TEST(Native, scales_that_are_too_fine_are_merged) {
  const auto made = to_native(point_with(10, -5, {1, 1, 1, 1, 1, 1}));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->schema, 8);
  EXPECT_THAT(buckets_of(made->positive_spans, made->positive_buckets),
              ElementsAre(std::pair(-1, 1.0), std::pair(0, 4.0), std::pair(1, 1.0)));
  EXPECT_FALSE(to_native(point_with(-5, 0, {1})));
}

TEST(Native, hostile_offsets_are_refused_or_bounded) {
  EXPECT_FALSE(to_native(point_with(0, std::numeric_limits<std::int32_t>::max(), {1, 1})));
  const auto lowest = to_native(point_with(0, std::numeric_limits<std::int32_t>::min(), {1, 1}));
  ASSERT_TRUE(lowest);
  const auto fine = to_native(point_with(std::numeric_limits<std::int32_t>::max(), 7, {1, 2}));
  ASSERT_TRUE(fine);
  EXPECT_THAT(fine->positive_buckets, ElementsAre(3));
}

TEST(Native, no_count_is_lost) {
  EXPECT_TRUE(rc::check([] {
    const auto counts =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 3));
    const auto offset = *rc::gen::inRange<std::int32_t>(-200, 200);
    const auto scale = *rc::gen::inRange<std::int32_t>(-4, 12);
    const auto made = to_native(point_with(scale, offset, counts));
    RC_ASSERT(made.has_value());
    double total = 0;
    for (const auto& [index, count] : buckets_of(made->positive_spans, made->positive_buckets))
      total += count;
    double expected = 0;
    for (const std::uint64_t count : counts) expected += static_cast<double>(count);
    RC_ASSERT(total == expected);
  }));
}

TEST(Native, bounds_that_do_not_rise_are_refused) {
  HistogramPoint point;
  point.bounds = {1, 1};
  point.bucket_counts = {1, 1, 1};
  EXPECT_FALSE(to_native(point));
  point.bounds = {1, std::numeric_limits<double>::infinity()};
  const auto made = to_native(point);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->custom_bounds, ElementsAre(1));
  EXPECT_THAT(made->positive_buckets, ElementsAre(1, 2));
}

TEST(Buckets, are_added_where_they_stand) {
  Buckets total{-1, {1, 1}};
  add_buckets(total, Buckets{2, {5}});
  EXPECT_EQ(total, (Buckets{-1, {1, 1, 0, 5}}));
}

}  // namespace
}  // namespace aloft::telemetry::otlp
