// rate, increase, delta and their instant kin.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "telemetry/promql/eval/window.h"
#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

double seconds(Millis millis) { return static_cast<double>(millis) / 1000; }

// What extrapolation needs to know of a window.
struct Extent {
  Millis first = 0;
  Millis last = 0;
  std::size_t intervals = 0;
};

// How far a result is to be scaled up so that it stands for the whole window. Series are taken to begin or
// end inside it when the gap is more than 1.1 average intervals, and counters to begin at zero at the
// earliest.
double extrapolation_factor(const Extent& extent, Millis from, Millis to, double to_zero) {
  double to_start = seconds(extent.first - from);
  double to_end = seconds(to - extent.last);
  const double sampled = seconds(extent.last - extent.first);
  const double average = sampled / static_cast<double>(extent.intervals);
  const double threshold = average * 1.1;
  if (to_start >= threshold) to_start = average / 2;
  to_start = std::min(to_start, to_zero);
  if (to_end >= threshold) to_end = average / 2;
  return sampled == 0 ? 1.0 : (sampled + to_start + to_end) / sampled;
}

constexpr double no_zero = std::numeric_limits<double>::infinity();

// The time that a counter took to grow from zero to its first value, at its average growth.
double time_to_zero(double sampled, double first, double grown) {
  return grown > 0 && first >= 0 ? sampled * (first / grown) : no_zero;
}

bool starts_overlap(Millis previous_start, Millis previous, Millis start) {
  return start != 0 && start < previous && start != previous_start;
}

void note_not_counter(const Window& window) {
  window.notes.warn(fmt::format("this native histogram metric is not a counter: {}", quote(window.metric())),
                    window.call.first_argument);
}

void note_not_gauge(const Window& window) {
  window.notes.warn(fmt::format("this native histogram metric is not a gauge: {}", quote(window.metric())),
                    window.call.first_argument);
}

// Adds what the counter had at each reset, and remarks on overlapping start times.
void correct_resets(const Window& window, double& grown) {
  const auto values = window.samples.values;
  const auto times = window.samples.times;
  const auto starts = window.samples.starts;
  bool overlap = false;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const bool known = !starts.empty();
    if (known && !overlap && starts_overlap(starts[i - 1], times[i - 1], starts[i])) {
      overlap = true;
      window.notes.start_time_overlap(window.metric(), window.call.first_argument);
    }
    if (values[i] < values[i - 1] ||
        (known && start_time_reset(starts[i - 1], times[i - 1], starts[i], times[i])))
      grown += values[i - 1];
  }
}

class HistogramRate {
 public:
  HistogramRate(const Window& window, bool counter)
      : window_(window), points_(window.samples.histograms), counter_(counter) {}

  // Null when the histograms do not go together.
  std::optional<NativeHistogram> run() {
    const NativeHistogram* first = points_[0].get();
    const NativeHistogram& last = *points_.back();
    if (counter_ && (first->reset_hint == ResetHint::gauge || last.reset_hint == ResetHint::gauge))
      note_not_counter(window_);
    bool custom = uses_custom_buckets(*first);
    NativeHistogram nothing;
    if (counter_ && reset_before(1, *first)) {
      // The first sample only says that there was a reset; its layout does not matter.
      nothing.schema = points_[1]->schema;
      nothing.custom_bounds = points_[1]->custom_bounds;
      custom = uses_custom_buckets(*points_[1]);
      first = &nothing;
    }
    if (uses_custom_buckets(last) != custom) return incompatible();
    std::int32_t schema = std::min(last.schema, first->schema);
    if (!check_inner(custom, schema)) return std::nullopt;
    NativeHistogram result = last;
    reduce_resolution(result, schema);
    const HistogramOutcome difference = subtract(result, *first);
    if (difference.incompatible) return incompatible();
    if (difference.bounds_reconciled) window_.note_reconciled("subtraction");
    if (counter_) {
      if (!add_resets(result, first)) return incompatible();
    } else if (points_[0]->reset_hint != ResetHint::gauge || last.reset_hint != ResetHint::gauge) {
      note_not_gauge(window_);
    }
    result.reset_hint = ResetHint::gauge;
    compact(result);
    return result;
  }

 private:
  std::nullopt_t incompatible() const {
    window_.note_incompatible_buckets();
    return std::nullopt;
  }

  bool reset_before(std::size_t i, const NativeHistogram& previous) const {
    const auto starts = window_.samples.histogram_starts;
    const auto times = window_.samples.histogram_times;
    if (!starts.empty() && start_time_reset(starts[i - 1], times[i - 1], starts[i], times[i])) return true;
    return detect_reset(*points_[i], previous);
  }

  bool check_inner(bool custom, std::int32_t& schema) const {
    if (!counter_) return true;
    for (std::size_t i = 1; i + 1 < points_.size(); ++i) {
      if (points_[i]->reset_hint == ResetHint::gauge) note_not_counter(window_);
      schema = std::min(schema, points_[i]->schema);
      if (uses_custom_buckets(*points_[i]) != custom) return window_.note_incompatible_buckets(), false;
    }
    return true;
  }

  bool add_resets(NativeHistogram& result, const NativeHistogram* previous) const {
    const auto starts = window_.samples.histogram_starts;
    const auto times = window_.samples.histogram_times;
    bool overlap = false;
    for (std::size_t i = 1; i < points_.size(); ++i) {
      if (!starts.empty() && !overlap && starts_overlap(starts[i - 1], times[i - 1], starts[i])) {
        overlap = true;
        window_.notes.start_time_overlap(window_.metric(), window_.call.first_argument);
      }
      if (reset_before(i, *previous)) {
        const HistogramOutcome added = add(result, *previous);
        if (added.incompatible) return false;
        if (added.bounds_reconciled) window_.note_reconciled("addition");
      }
      previous = points_[i].get();
    }
    return true;
  }

  const Window& window_;
  std::span<const HistogramPtr> points_;
  bool counter_;
};

// With a start time inside the window, the counter is known to have been zero then.
bool starts_inside(const Window& window, std::span<const Millis> starts, Millis first) {
  return !starts.empty() && starts[0] != 0 && starts[0] > window.from && starts[0] < first;
}

double from_start_factor(const Window& window, const Extent& extent, Millis start) {
  const double sampled = seconds(extent.last - start);
  double average = 0;
  if (extent.intervals > 0)
    average = seconds(extent.last - extent.first) / static_cast<double>(extent.intervals);
  double to_end = seconds(window.to - extent.last);
  if (to_end >= average * 1.1) to_end = average / 2;
  return sampled == 0 ? 1.0 : (sampled + to_end) / sampled;
}

bool histogram_rate(const Window& window, WindowResult& result, bool counter, bool per_second) {
  const auto times = window.samples.histogram_times;
  const auto starts = window.samples.histogram_starts;
  const Extent extent{times.front(), times.back(), times.size() - 1};
  std::optional<NativeHistogram> rate;
  if (times.size() > 1) {
    rate = HistogramRate(window, counter).run();
    if (!rate) return false;
  }
  double factor = 1;
  if (counter && starts_inside(window, starts, extent.first)) {
    const NativeHistogram& first = *window.samples.histograms[0];
    if (!rate) {
      rate = first;
    } else {
      const HistogramOutcome added = add(*rate, first);
      if (added.incompatible) return window.note_incompatible_buckets(), false;
      if (added.bounds_reconciled) window.note_reconciled("addition");
    }
    factor = from_start_factor(window, extent, starts[0]);
  } else if (extent.intervals == 0) {
    return false;
  } else {
    const double sampled = seconds(extent.last - extent.first);
    const double zero =
        counter ? time_to_zero(sampled, window.samples.histograms[0]->count, rate->count) : no_zero;
    factor = extrapolation_factor(extent, window.from, window.to, zero);
  }
  if (per_second) factor /= window.call.range_seconds();
  multiply(*rate, factor);
  result.histogram = std::make_shared<const NativeHistogram>(std::move(*rate));
  return true;
}

}  // namespace

bool start_time_reset(Millis previous_start, Millis previous, Millis start, Millis time) {
  if (start == 0 || start >= time || start < previous) return false;
  if (start > previous) return true;
  // It points at the sample before. That is a reset for deltas, but not for counters of unknown start.
  if (previous_start > previous) return false;
  return previous_start != 0 && previous_start != previous;
}

bool extrapolated_rate(const Window& window, WindowResult& result, bool counter, bool per_second) {
  const Samples& samples = window.samples;
  if (window.mixed()) return window.note_mixed(), false;
  if (window.call.anchored || window.call.smoothed) return extended_rate(window, result, counter, per_second);
  if (samples.times.empty()) return histogram_rate(window, result, counter, per_second);
  const Extent extent{samples.times.front(), samples.times.back(), samples.times.size() - 1};
  double grown = samples.values.back() - samples.values.front();
  if (counter) correct_resets(window, grown);
  double factor = 1;
  if (counter && starts_inside(window, samples.starts, extent.first)) {
    grown += samples.values.front();
    factor = from_start_factor(window, extent, samples.starts[0]);
  } else if (extent.intervals == 0) {
    return false;
  } else {
    const double sampled = seconds(extent.last - extent.first);
    const double zero = counter ? time_to_zero(sampled, samples.values.front(), grown) : no_zero;
    factor = extrapolation_factor(extent, window.from, window.to, zero);
  }
  if (per_second) factor /= window.call.range_seconds();
  result.value = grown * factor;
  return true;
}

bool has_float_rate(const RangeCall& call) {
  if (call.anchored || call.smoothed || call.at) return false;
  return call.function->id == FunctionId::rate || call.function->id == FunctionId::increase ||
         call.function->id == FunctionId::delta;
}

SampleCount float_rates(const RangeCall& call, const Steps& steps, const Samples& samples, double* row) {
  SampleCount counted;
  std::size_t seen = 0;
  const bool counter = call.function->id != FunctionId::delta;
  const double divisor = call.function->id == FunctionId::rate ? call.range_seconds() : 0;
  const auto times = samples.times;
  const auto values = samples.values;
  // The places where the counter fell; few, so a window looks at next to nothing.
  std::vector<std::size_t> resets;
  if (counter)
    for (std::size_t i = 1; i < values.size(); ++i)
      if (values[i] < values[i - 1]) resets.push_back(i);
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t reset = 0;
  const std::size_t count = steps.count();
  for (std::size_t step = 0; step < count; ++step) {
    const Millis to = steps.at(step) - call.offset;
    const Millis from = to - call.range;
    while (end < times.size() && times[end] <= to) ++end;
    while (begin < end && times[begin] <= from) ++begin;
    counted.loaded += end - begin;
    counted.read += end - std::max(begin, seen);
    seen = end;
    if (end - begin < 2) continue;
    double grown = values[end - 1] - values[begin];
    while (reset < resets.size() && resets[reset] <= begin) ++reset;
    for (std::size_t r = reset; r < resets.size() && resets[r] < end; ++r) grown += values[resets[r] - 1];
    const Extent extent{times[begin], times[end - 1], end - 1 - begin};
    const double sampled = seconds(extent.last - extent.first);
    const double zero = counter ? time_to_zero(sampled, values[begin], grown) : no_zero;
    double factor = extrapolation_factor(extent, from, to, zero);
    if (divisor != 0) factor /= divisor;
    row[step] = grown * factor;
  }
  return counted;
}

namespace {

struct RatePoint {
  double value = 0;
  HistogramPtr histogram;
  Millis time = 0;
  Millis start = 0;
};

// The last two samples of either kind.
std::array<RatePoint, 2> last_two(const Samples& samples) {
  std::array<RatePoint, 2> out;
  std::size_t f = samples.times.size();
  std::size_t h = samples.histogram_times.size();
  for (std::size_t i = 2; i-- > 0;) {
    const bool is_float = h == 0 || (f > 0 && samples.times[f - 1] > samples.histogram_times[h - 1]);
    if (is_float) {
      --f;
      out[i] = {samples.values[f], nullptr, samples.times[f], samples.starts.empty() ? 0 : samples.starts[f]};
    } else {
      --h;
      out[i] = {0, samples.histograms[h], samples.histogram_times[h],
                samples.histogram_starts.empty() ? 0 : samples.histogram_starts[h]};
    }
  }
  return out;
}

bool instant_histogram_rate(const Window& window, WindowResult& result, bool counter, const RatePoint& before,
                            const RatePoint& now) {
  NativeHistogram difference = *now.histogram;
  const bool gauges =
      now.histogram->reset_hint == ResetHint::gauge && before.histogram->reset_hint == ResetHint::gauge;
  const bool any_gauge =
      now.histogram->reset_hint == ResetHint::gauge || before.histogram->reset_hint == ResetHint::gauge;
  if (counter && any_gauge) note_not_counter(window);
  if (!counter && !gauges) note_not_gauge(window);
  const bool reset = counter && (start_time_reset(before.start, before.time, now.start, now.time) ||
                                 detect_reset(*now.histogram, *before.histogram));
  if (!reset) {
    const HistogramOutcome outcome = subtract(difference, *before.histogram);
    if (outcome.incompatible) return window.note_incompatible_buckets(), false;
    if (outcome.bounds_reconciled) window.note_reconciled("subtraction");
  }
  difference.reset_hint = ResetHint::gauge;
  compact(difference);
  if (counter) divide(difference, seconds(now.time - before.time));
  result.histogram = std::make_shared<const NativeHistogram>(std::move(difference));
  return true;
}

}  // namespace

bool instant_rate(const Window& window, WindowResult& result, bool counter) {
  if (window.samples.size() < 2) return false;
  const auto [before, now] = last_two(window.samples);
  if (now.time == before.time) return false;
  if ((now.histogram == nullptr) != (before.histogram == nullptr)) return window.note_mixed(), false;
  if (now.histogram) return instant_histogram_rate(window, result, counter, before, now);
  const bool reset = counter && (now.value < before.value ||
                                 start_time_reset(before.start, before.time, now.start, now.time));
  result.value = reset ? now.value : now.value - before.value;
  if (counter) result.value /= seconds(now.time - before.time);
  return true;
}

}  // namespace aloft::telemetry::promql
