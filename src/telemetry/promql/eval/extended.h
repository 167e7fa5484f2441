// Interpolation at the ends of windows, for anchored and smoothed selectors.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "telemetry/core/native_histogram.h"
#include "telemetry/promql/eval/annotations.h"

namespace aloft::telemetry::promql {

struct FloatPoint {
  Millis time = 0;
  double value = 0;
};
struct HistogramPoint {
  Millis time = 0;
  const NativeHistogram* histogram = nullptr;
};

// The samples that stand for the ends of a window: the last one at or before its beginning (or the first
// there is), and the last there is, or for smoothed ones the first at or behind its end. `times` is not
// empty.
struct Ends {
  std::size_t first = 0;
  std::size_t last = 0;
};
Ends find_ends(std::span<const Millis> times, Millis from, Millis to, bool smoothed);

// On the line between two samples. A counter that was reset between them grew from zero.
double interpolate_floats(FloatPoint before, FloatPoint after, Millis at, bool counter);
// The same; nothing, and a warning, for histograms that do not go together.
std::optional<NativeHistogram> interpolate_histograms(HistogramPoint before, HistogramPoint after, Millis at,
                                                      bool counter, Annotations& notes, Span span,
                                                      std::string_view metric);

// The samples inside a window, and one at each of its ends.
std::vector<FloatPoint> extend_floats(std::span<const Millis> times, std::span<const double> values,
                                      Millis from, Millis to, bool smoothed);

}  // namespace aloft::telemetry::promql
