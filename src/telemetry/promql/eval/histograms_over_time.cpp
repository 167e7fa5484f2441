// Functions over windows of native histograms: sums, averages, and what changes between neighbours.
#include <cmath>

#include "telemetry/promql/eval/histogram_sum.h"
#include "telemetry/promql/eval/window.h"
#include "telemetry/promql/histogram/arithmetic.h"

namespace aloft::telemetry::promql {
namespace {

bool combine(const Window& window, WindowResult& result, bool average) {
  HistogramSum sum(average);
  for (const HistogramPtr& histogram : window.samples.histograms) {
    sum.add(*histogram);
    if (sum.incompatible()) return window.note_incompatible_buckets(), false;
  }
  if (sum.bounds_reconciled()) window.note_reconciled("aggregation");
  if (sum.reset_collision())
    window.notes.warn("conflicting counter resets during histogram aggregation", window.call.first_argument);
  result.histogram = std::make_shared<const NativeHistogram>(sum.result());
  return true;
}

struct Place {
  std::size_t next_float = 0;
  std::size_t next_histogram = 0;
};

// An anchored window begins with the last sample before it, of either kind. False: nothing in the window.
bool begin_anchored(const Window& window, Place& place) {
  const auto before = [&](std::span<const Millis> times) {
    return static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), window.from) -
                                    times.begin());
  };
  const Samples& samples = window.samples;
  const std::size_t floats = before(samples.times);
  const std::size_t histograms = before(samples.histogram_times);
  if (floats == samples.times.size() && histograms == samples.histogram_times.size()) return false;
  place = {floats, histograms};
  if (floats == 0 && histograms == 0) return true;
  const bool float_anchor =
      histograms == 0 || (floats > 0 && samples.times[floats - 1] >= samples.histogram_times[histograms - 1]);
  --(float_anchor ? place.next_float : place.next_histogram);
  return true;
}

struct Neighbour {
  double value = 0;
  const NativeHistogram* histogram = nullptr;
  Millis time = 0;
  Millis start = 0;
};

// Counts the neighbours that `differ` says differ, floats and histograms in the order of time.
template <class Differ>
bool count_differences(const Window& window, WindowResult& result, Differ differ) {
  Place place;
  if (window.call.anchored && !begin_anchored(window, place)) return false;
  const Samples& samples = window.samples;
  std::optional<Neighbour> previous;
  int differences = 0;
  while (place.next_float < samples.times.size() || place.next_histogram < samples.histogram_times.size()) {
    const std::size_t f = place.next_float;
    const std::size_t h = place.next_histogram;
    const bool is_float = h == samples.histogram_times.size() ||
                          (f < samples.times.size() && samples.times[f] < samples.histogram_times[h]);
    Neighbour now;
    if (is_float) {
      now = {samples.values[f], nullptr, samples.times[f], samples.starts.empty() ? 0 : samples.starts[f]};
      ++place.next_float;
    } else {
      now = {0, samples.histograms[h].get(), samples.histogram_times[h],
             samples.histogram_starts.empty() ? 0 : samples.histogram_starts[h]};
      ++place.next_histogram;
    }
    if (previous &&
        ((now.histogram == nullptr) != (previous->histogram == nullptr) || differ(*previous, now)))
      ++differences;
    previous = now;
  }
  result.value = differences;
  return true;
}

}  // namespace

bool sum_histograms(const Window& window, WindowResult& result) { return combine(window, result, false); }
bool average_histograms(const Window& window, WindowResult& result) { return combine(window, result, true); }

bool count_resets(const Window& window, WindowResult& result) {
  return count_differences(window, result, [](const Neighbour& before, const Neighbour& now) {
    if (start_time_reset(before.start, before.time, now.start, now.time)) return true;
    return now.histogram != nullptr ? detect_reset(*now.histogram, *before.histogram)
                                    : now.value < before.value;
  });
}

bool count_changes(const Window& window, WindowResult& result) {
  return count_differences(window, result, [](const Neighbour& before, const Neighbour& now) {
    if (now.histogram != nullptr) return !same_histogram(*now.histogram, *before.histogram);
    return now.value != before.value && !(std::isnan(now.value) && std::isnan(before.value));
  });
}

}  // namespace aloft::telemetry::promql
