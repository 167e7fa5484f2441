// Zero buckets of different width. A private header of the histogram files.
#pragma once

#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

struct ZeroCount {
  double count = 0;
  double threshold = 0;
  double error = 0;
};

// What the zero bucket would count with a larger threshold, which grows until it is inside no populated
// bucket. `errors` are the rounding errors of `h`, or null.
ZeroCount zero_count_for(const NativeHistogram& h, double threshold, const NativeHistogram* errors);

// Widens the zero bucket of `h` until both can be added; gives what `other` counts in it.
double reconcile_zero_buckets(NativeHistogram& h, const NativeHistogram& other, NativeHistogram* errors);

}  // namespace aloft::telemetry::promql
