// Sums, differences and comparisons of native histograms, as Prometheus defines them: differing resolutions
// and zero buckets are brought together, custom bounds are reduced to those that both have.
#pragma once

#include <optional>

#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

// What came of an operation on two histograms.
struct HistogramOutcome {
  bool incompatible = false;       // exponential and custom buckets: nothing was changed
  bool reset_collision = false;    // one says "reset", the other "no reset"
  bool bounds_reconciled = false;  // custom bounds differed
};

HistogramOutcome add(NativeHistogram& into, const NativeHistogram& other);
HistogramOutcome subtract(NativeHistogram& from, const NativeHistogram& other);
// Carries the rounding errors along in `errors`, which is made at the first call. Its counts are added at the
// end with add().
HistogramOutcome kahan_add(NativeHistogram& into, const NativeHistogram& other,
                           std::optional<NativeHistogram>& errors);

// A negative factor makes it a gauge.
void multiply(NativeHistogram& h, double factor);
// Division by zero leaves infinite counts and no buckets.
void divide(NativeHistogram& h, double divisor);
// Leaves out empty buckets.
void compact(NativeHistogram& h);
// To a schema that is not finer; exponential buckets only.
void reduce_resolution(NativeHistogram& h, std::int32_t schema);
bool has_overflow(const NativeHistogram& h);

// Would Prometheus' storage keep `h` in the same chunk as the histogram before it? A reader is then told that
// there was no reset between them; of all others that are no gauges it is told nothing.
bool continues_chunk(const NativeHistogram& h, const NativeHistogram& previous);
// Was the counter reset between the two? Honours the reset hint of `h`.
bool detect_reset(const NativeHistogram& h, const NativeHistogram& previous);
// Bit for bit, but for the reset hint and how spans are cut.
bool same_histogram(const NativeHistogram& a, const NativeHistogram& b);

// Only what lies below (`upper`) or above the value; buckets that hold it are cut by interpolation, and sum
// and count are estimated anew.
void trim(NativeHistogram& h, double value, bool upper);

}  // namespace aloft::telemetry::promql
