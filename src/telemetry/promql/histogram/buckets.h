// Reading native histograms bucket by bucket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

inline bool uses_custom_buckets(const NativeHistogram& h) {
  return h.schema == NativeHistogram::custom_schema;
}

// The upper bound of a positive bucket. `schema` is -4..8.
double exponential_bound(std::int32_t index, std::int32_t schema);
// The same for any histogram; index -1 of custom buckets is -Inf.
double upper_bound(const NativeHistogram& h, std::int32_t index);

struct HistogramBucket {
  double lower = 0;
  double upper = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
  double count = 0;

  // How much of the bucket lies at or below `value`, which is inside it: 0..1. Evenly on a linear scale, or
  // on a logarithmic one.
  double fraction_below(double value, bool linear) const;
};

// From the lowest to the highest, the zero bucket included where it is populated; buckets that overlap it end
// at its threshold.
std::vector<HistogramBucket> all_buckets(const NativeHistogram& h);
// One side, from zero outwards, as the histogram stores it; empty ones included.
std::vector<HistogramBucket> positive_buckets(const NativeHistogram& h);
std::vector<HistogramBucket> negative_buckets(const NativeHistogram& h);
HistogramBucket zero_bucket(const NativeHistogram& h);

// `{count:3, sum:4, (1,2]:3}`
std::string to_string(const NativeHistogram& h);
// As test files write it: `{{schema:1 count:3 sum:4 buckets:[1 2]}}`.
std::string test_expression(const NativeHistogram& h);

// How many samples the histogram counts as in limits.
inline std::size_t sample_size(const NativeHistogram& h) {
  return (168 +
          8 * (h.positive_spans.size() + h.negative_spans.size() + h.positive_buckets.size() +
               h.negative_buckets.size() + h.custom_bounds.size()) +
          8) /
         16;
}

}  // namespace aloft::telemetry::promql
