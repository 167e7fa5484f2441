// Rules of native histogram arithmetic.
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/histogram/quantile.h"
#include "telemetry/promql/histogram/side.h"

namespace aloft::telemetry::promql {
namespace {

// Whole counts, so that sums are exact.
NativeHistogram random_histogram() {
  NativeHistogram h;
  h.schema = *rc::gen::inRange(-2, 4);
  h.zero_threshold = *rc::gen::element(0.0, 0.001, 0.25, 1.0);
  h.zero_count = *rc::gen::inRange(0, 5);
  h.count = h.zero_count;
  h.sum = *rc::gen::inRange(-100, 100);
  for (const bool positive : {true, false}) {
    Side side;
    std::int32_t at = *rc::gen::inRange(-20, 20);
    const int buckets = *rc::gen::inRange(0, 6);
    for (int i = 0; i < buckets; ++i) {
      // What the zero bucket covers has no bucket of its own.
      if (upper_bound(h, at - 1) >= h.zero_threshold) {
        side.push(at, *rc::gen::inRange(0, 9));
        h.count += side.count.back();
      }
      at += *rc::gen::inRange(1, 5);
    }
    side.store(positive ? h.positive_spans : h.negative_spans,
               positive ? h.positive_buckets : h.negative_buckets);
  }
  return h;
}

double total(const NativeHistogram& h) {
  double sum = h.zero_count;
  for (const double bucket : h.positive_buckets) sum += bucket;
  for (const double bucket : h.negative_buckets) sum += bucket;
  return sum;
}

TEST(NativeHistogramArithmetic, keeps_every_observation_and_does_not_depend_on_the_order) {
  EXPECT_TRUE(rc::check([] {
    const NativeHistogram a = random_histogram();
    const NativeHistogram b = random_histogram();
    NativeHistogram ab = a;
    NativeHistogram ba = b;
    add(ab, b);
    add(ba, a);
    compact(ab);
    compact(ba);
    RC_ASSERT(same_histogram(ab, ba));
    RC_ASSERT(ab.count == a.count + b.count);
    RC_ASSERT(total(ab) == ab.count);
    std::optional<NativeHistogram> errors;
    NativeHistogram kahan = a;
    kahan_add(kahan, b, errors);
    add(kahan, *errors);
    compact(kahan);
    RC_ASSERT(same_histogram(ab, kahan));
  }));
}

TEST(NativeHistogramArithmetic, the_zero_bucket_takes_what_a_coarser_bucket_would_count_again) {
  NativeHistogram fine;
  fine.schema = -1;  // (1/16, 1/4], which (1/16, 1] of the other contains
  fine.count = 1;
  fine.positive_spans = {{-1, 1}};
  fine.positive_buckets = {1};
  NativeHistogram coarse;
  coarse.schema = -2;
  coarse.zero_threshold = 0.25;
  add(coarse, fine);
  compact(coarse);
  EXPECT_EQ(coarse.zero_count, 1);
  EXPECT_TRUE(coarse.positive_buckets.empty());
}

TEST(NativeHistogramArithmetic, a_sum_is_no_reset_of_its_parts_and_a_part_is_one_of_the_sum) {
  EXPECT_TRUE(rc::check([] {
    const NativeHistogram a = random_histogram();
    NativeHistogram b = random_histogram();
    b.schema = a.schema;
    b.zero_threshold = a.zero_threshold;
    NativeHistogram sum = a;
    add(sum, b);
    RC_ASSERT(!detect_reset(a, a));
    // Buckets inside the zero bucket make its width ambiguous; without them a sum only grows.
    if (sum.zero_threshold != a.zero_threshold || a.zero_threshold > 0) return;
    RC_ASSERT(!detect_reset(sum, a));
    if (total(b) > 0 && b.count > 0) RC_ASSERT(detect_reset(a, sum));
  }));
}

TEST(NativeHistogramArithmetic, reducing_resolution_keeps_counts) {
  EXPECT_TRUE(rc::check([] {
    const NativeHistogram h = random_histogram();
    NativeHistogram reduced = h;
    reduce_resolution(reduced, -3);
    RC_ASSERT(total(reduced) == total(h));
    RC_ASSERT(reduced.schema == -3);
  }));
}

TEST(NativeHistogramArithmetic, cutting_at_a_value_leaves_both_parts) {
  EXPECT_TRUE(rc::check([] {
    NativeHistogram h = random_histogram();
    h.zero_threshold = 0;
    const double at = *rc::gen::element(-3.0, -1.0, 0.0, 0.5, 1.0, 7.0);
    NativeHistogram below = h;
    NativeHistogram above = h;
    trim(below, at, true);
    trim(above, at, false);
    // The zero bucket is a point, which belongs to one side or to both when it is cut right there.
    const double zero = at == 0 ? h.zero_count : 0;
    const double sum = total(below) + total(above);
    RC_ASSERT(std::abs(sum - total(h)) <= zero + 1e-9 * (1 + total(h)));
  }));
}

TEST(NativeHistogramQuantile, rises_with_q_and_is_undone_by_the_fraction) {
  EXPECT_TRUE(rc::check([] {
    NativeHistogram h = random_histogram();
    h.zero_threshold = 0;
    h.zero_count = 0;
    h.count = total(h);
    if (h.count == 0) return;
    double before = -std::numeric_limits<double>::infinity();
    for (const double q : {0.0, 0.1, 0.3, 0.5, 0.8, 0.99, 1.0}) {
      const double value = native_quantile(q, h).value;
      RC_ASSERT(value >= before - 1e-9 * std::abs(before));
      before = value;
      if (q > 0 && q < 1) {
        const double fraction = native_fraction(-std::numeric_limits<double>::infinity(), value, h).value;
        RC_ASSERT(std::abs(fraction - q) < 1e-6);
      }
    }
  }));
}

TEST(NativeHistogramBuckets, bounds_are_powers_of_two_split_evenly) {
  EXPECT_EQ(exponential_bound(0, 0), 1);
  EXPECT_EQ(exponential_bound(10, 0), 1024);
  EXPECT_EQ(exponential_bound(-1, 0), 0.5);
  EXPECT_EQ(exponential_bound(2, 1), 2);
  EXPECT_EQ(exponential_bound(1, -1), 4);
  EXPECT_DOUBLE_EQ(exponential_bound(1, 3), std::pow(2, 0.125));
  EXPECT_EQ(exponential_bound(1024, 0), std::numeric_limits<double>::max());
  EXPECT_TRUE(std::isinf(exponential_bound(1025, 0)));
}

TEST(NativeHistogramBuckets, text_names_buckets_with_their_bounds) {
  NativeHistogram h;
  h.count = 5;
  h.sum = 1.5;
  h.zero_count = 1;
  h.zero_threshold = 0.5;
  h.positive_spans = {{0, 1}, {1, 1}};
  h.positive_buckets = {2, 1};
  h.negative_spans = {{0, 1}};
  h.negative_buckets = {1};
  EXPECT_EQ(to_string(h), "{count:5, sum:1.5, [-1,-0.5):1, [-0.5,0.5]:1, (0.5,1]:2, (2,4]:1}");
  EXPECT_EQ(test_expression(h),
            "{{count:5 sum:1.5 z_bucket:1 z_bucket_w:0.5 buckets:[2 0 1] n_buckets:[1]}}");
}

TEST(ClassicHistogram, a_quantile_needs_an_infinite_bucket) {
  std::vector<ClassicBucket> buckets{{1, 1}, {2, 3}};
  EXPECT_TRUE(std::isnan(classic_quantile(0.5, buckets).value));
}

TEST(QuantileOfValues, interpolates_between_neighbours) {
  std::vector<double> values{4, 1, 3, 2};
  EXPECT_EQ(quantile_of(0.5, values), 2.5);
  EXPECT_EQ(quantile_of(0, values), 1);
  EXPECT_EQ(quantile_of(1, values), 4);
  values = {std::nan(""), 1, 2};
  EXPECT_TRUE(std::isnan(quantile_of(0, values)));
}

}  // namespace
}  // namespace aloft::telemetry::promql
