// Rates of anchored and smoothed selectors, which look beyond the window: `anchored` takes the last sample
// before it as its beginning, `smoothed` interpolates at both ends.
#include <algorithm>

#include "telemetry/promql/eval/extended.h"
#include "telemetry/promql/eval/window.h"
#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

bool float_rate(const Window& window, WindowResult& result, bool counter, bool per_second) {
  const auto times = window.samples.times;
  const auto values = window.samples.values;
  const bool smoothed = window.call.smoothed;
  const Ends ends = find_ends(times, window.from, window.to, smoothed);
  if (times[ends.last] <= window.from || (smoothed && times[ends.first] > window.to)) return false;
  const auto between = [&](std::size_t i, Millis at) {
    return interpolate_floats({times[i], values[i]}, {times[i + 1], values[i + 1]}, at, counter);
  };
  double left = values[ends.first];
  if (smoothed && times[ends.first] < window.from) left = between(ends.first, window.from);
  double right = values[ends.last];
  if (smoothed && ends.last > 0 && times[ends.last] > window.to) right = between(ends.last - 1, window.to);
  result.value = right - left;
  if (counter) {
    // Both ends are accounted for already; resets between them are not.
    const std::size_t begin = ends.first + (times[ends.first] <= window.from ? 1 : 0);
    const std::size_t end = ends.last + (times[ends.last] >= window.to ? 0 : 1);
    double correction = 0;
    double previous = left;
    for (std::size_t i = begin; i < end; ++i) {
      if (values[i] < previous) correction += previous;
      previous = values[i];
    }
    if (right < previous) correction += previous;
    result.value += correction;
  }
  if (per_second) result.value /= window.call.range_seconds();
  return true;
}

class ExtendedHistogramRate {
 public:
  ExtendedHistogramRate(const Window& window, bool counter)
      : window_(window),
        times_(window.samples.histogram_times),
        points_(window.samples.histograms),
        counter_(counter),
        ends_(find_ends(times_, window.from, window.to, window.call.smoothed)) {}

  std::optional<NativeHistogram> run() {
    const bool smoothed = window_.call.smoothed;
    if (times_[ends_.last] <= window_.from || (smoothed && times_[ends_.first] > window_.to))
      return std::nullopt;
    if (!same_kind()) return std::nullopt;
    std::optional<NativeHistogram> left = *points_[ends_.first];
    if (smoothed && times_[ends_.first] < window_.from) left = between(ends_.first, window_.from);
    std::optional<NativeHistogram> right = *points_[ends_.last];
    if (smoothed && ends_.last > 0 && times_[ends_.last] > window_.to)
      right = between(ends_.last - 1, window_.to);
    if (!left || !right) return std::nullopt;
    if (!counter_ && (left->reset_hint != ResetHint::gauge || right->reset_hint != ResetHint::gauge))
      window_.notes.warn(
          fmt::format("this native histogram metric is not a gauge: {}", quote(window_.metric())),
          window_.call.first_argument);
    NativeHistogram result = *right;
    if (!take(subtract(result, *left), "subtraction")) return std::nullopt;
    if (counter_ && !add_resets(result, *left, *right)) return std::nullopt;
    return result;
  }

 private:
  bool take(const HistogramOutcome& outcome, std::string_view operation) const {
    if (outcome.incompatible) return window_.note_incompatible_buckets(), false;
    if (outcome.bounds_reconciled) window_.note_reconciled(operation);
    return true;
  }

  bool same_kind() const {
    const bool custom = uses_custom_buckets(*points_[ends_.first]);
    for (std::size_t i = ends_.first; i <= ends_.last; ++i) {
      if (uses_custom_buckets(*points_[i]) != custom) return window_.note_incompatible_buckets(), false;
      if (counter_ && points_[i]->reset_hint == ResetHint::gauge)
        window_.notes.warn(
            fmt::format("this native histogram metric is not a counter: {}", quote(window_.metric())),
            window_.call.first_argument);
    }
    return true;
  }

  std::optional<NativeHistogram> between(std::size_t i, Millis at) const {
    return interpolate_histograms({times_[i], points_[i].get()}, {times_[i + 1], points_[i + 1].get()}, at,
                                  counter_, window_.notes, window_.call.first_argument, window_.metric());
  }

  // The sample at each end is stood for by `left` and `right`. A reset that the left interpolation spans is
  // in `left` already.
  bool add_resets(NativeHistogram& result, const NativeHistogram& left, const NativeHistogram& right) const {
    std::size_t begin = ends_.first + 1;
    const NativeHistogram* previous = &left;
    if (window_.call.smoothed && times_[ends_.first] < window_.from &&
        detect_reset(*points_[ends_.first + 1], *points_[ends_.first])) {
      previous = points_[ends_.first + 1].get();
      ++begin;
    }
    if (begin > ends_.last) return true;
    std::optional<NativeHistogram> correction;
    const auto correct = [&] {
      if (correction) return take(add(*correction, *previous), "addition");
      correction = *previous;
      return true;
    };
    for (std::size_t i = begin; i < ends_.last; ++i) {
      if (detect_reset(*points_[i], *previous) && !correct()) return false;
      previous = points_[i].get();
    }
    if (detect_reset(right, *previous) && !correct()) return false;
    return !correction || take(add(result, *correction), "addition");
  }

  const Window& window_;
  std::span<const Millis> times_;
  std::span<const HistogramPtr> points_;
  bool counter_;
  Ends ends_;
};

}  // namespace

Ends find_ends(std::span<const Millis> times, Millis from, Millis to, bool smoothed) {
  const auto last = times.end() - 1;
  const auto after_from = std::upper_bound(times.begin(), last, from);
  Ends ends;
  ends.first = static_cast<std::size_t>(after_from - times.begin());
  if (ends.first > 0) --ends.first;
  ends.last = times.size() - 1;
  if (smoothed)
    ends.last = static_cast<std::size_t>(std::lower_bound(times.begin(), last, to) - times.begin());
  return ends;
}

double interpolate_floats(FloatPoint before, FloatPoint after, Millis at, bool counter) {
  // A counter that fell grew from zero.
  const double from = counter && after.value < before.value ? 0 : before.value;
  return from + (after.value - from) * static_cast<double>(at - before.time) /
                    static_cast<double>(after.time - before.time);
}

std::optional<NativeHistogram> interpolate_histograms(HistogramPoint before, HistogramPoint after, Millis at,
                                                      bool counter, Annotations& notes, Span span,
                                                      std::string_view metric) {
  if (at == before.time) return *before.histogram;
  if (at == after.time) return *after.histogram;
  const double fraction =
      static_cast<double>(at - before.time) / static_cast<double>(after.time - before.time);
  NativeHistogram result = *after.histogram;
  if (counter && detect_reset(*after.histogram, *before.histogram)) {
    multiply(result, fraction);
    return result;
  }
  const auto take = [&](const HistogramOutcome& outcome, std::string_view operation) {
    if (outcome.incompatible)
      notes.warn(
          fmt::format("vector contains a mix of histograms with exponential and custom buckets schemas for "
                      "metric name {}",
                      quote(metric)),
          span);
    if (outcome.bounds_reconciled)
      notes.info(fmt::format("mismatched custom buckets were reconciled during {}", operation), span);
    return !outcome.incompatible;
  };
  if (!take(subtract(result, *before.histogram), "subtraction")) return std::nullopt;
  multiply(result, fraction);
  if (!take(add(result, *before.histogram), "addition")) return std::nullopt;
  return result;
}

std::vector<FloatPoint> extend_floats(std::span<const Millis> times, std::span<const double> values,
                                      Millis from, Millis to, bool smoothed) {
  std::vector<FloatPoint> out;
  if (times.empty()) return out;
  const Ends ends = find_ends(times, from, to, smoothed);
  if (times[ends.last] <= from) return out;
  const auto point = [&](std::size_t i) { return FloatPoint{times[i], values[i]}; };
  double left = values[ends.first];
  if (smoothed && times[ends.first] < from)
    left = interpolate_floats(point(ends.first), point(ends.first + 1), from, false);
  double right = values[ends.last];
  if (smoothed && ends.last > 0 && times[ends.last] > to)
    right = interpolate_floats(point(ends.last - 1), point(ends.last), to, false);
  out.push_back({from, left});
  const std::size_t begin = ends.first + (times[ends.first] <= from ? 1 : 0);
  const std::size_t end = ends.last + (times[ends.last] >= to ? 0 : 1);
  for (std::size_t i = begin; i < end; ++i) out.push_back(point(i));
  out.push_back({to, right});
  return out;
}

bool extended_rate(const Window& window, WindowResult& result, bool counter, bool per_second) {
  if (!window.samples.times.empty()) return float_rate(window, result, counter, per_second);
  std::optional<NativeHistogram> rate = ExtendedHistogramRate(window, counter).run();
  if (!rate) return false;
  if (per_second) divide(*rate, window.call.range_seconds());
  rate->reset_hint = ResetHint::gauge;
  compact(*rate);
  result.histogram = std::make_shared<const NativeHistogram>(std::move(*rate));
  return true;
}

}  // namespace aloft::telemetry::promql
