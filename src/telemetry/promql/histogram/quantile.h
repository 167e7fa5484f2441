// Quantiles and fractions of native and classic histograms.
#pragma once

#include <vector>

#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

// What a caller should tell the user of NaN observations.
enum class NanObservations : unsigned char { none, result_is_nan, skewed, excluded };

struct NativeResult {
  double value = 0;
  NanObservations note = NanObservations::none;
};

// Interpolated on the scale of the buckets: logarithmic, or linear for custom bounds and the zero bucket.
NativeResult native_quantile(double q, const NativeHistogram& h);
// The share of observations between the two values.
NativeResult native_fraction(double lower, double upper, const NativeHistogram& h);
// The variance of the observations, each taken as the middle of its bucket.
double native_variance(const NativeHistogram& h);

// One `le` of a classic histogram, counts being cumulative.
struct ClassicBucket {
  double upper = 0;
  double count = 0;
};

struct ClassicQuantile {
  double value = 0;
  bool forced_monotonic = false;  // counts fell where they must not
  double lowest_forced = 0;       // bounds between which they did
  double highest_forced = 0;
  double largest_drop = 0;
};

// Sorts and repairs the buckets. NaN without a bucket of +Inf, with fewer than two, or without observations.
ClassicQuantile classic_quantile(double q, std::vector<ClassicBucket>& buckets);
double classic_fraction(double lower, double upper, std::vector<ClassicBucket>& buckets);

// Of plain values, which it sorts; NaN counts as smallest.
double quantile_of(double q, std::vector<double>& values);

// Closer than epsilon, relative to their size.
bool almost_equal(double a, double b, double epsilon);

}  // namespace aloft::telemetry::promql
