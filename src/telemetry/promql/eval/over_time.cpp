// The ..._over_time functions and others over the plain values of a window.
#include <algorithm>
#include <cmath>
#include <limits>

#include "telemetry/promql/eval/kahan.h"
#include "telemetry/promql/eval/window.h"
#include "telemetry/promql/histogram/quantile.h"
#include "telemetry/promql/numbers.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

bool average(const Window& window, WindowResult& result) {
  if (window.mixed()) return window.note_mixed(), false;
  if (window.samples.times.empty()) return average_histograms(window, result);
  const auto values = window.samples.values;
  KahanSum sum{values[0], 0};
  double mean = 0;
  double count = 1;
  bool incremental = false;
  for (std::size_t i = 1; i < values.size(); ++i) {
    count = static_cast<double>(i + 1);
    if (!incremental) {
      KahanSum next = sum;
      next.add(values[i]);
      if (!std::isinf(next.sum)) {
        sum = next;
        continue;
      }
      // The sum would overflow; the mean does not.
      incremental = true;
      mean = sum.sum / (count - 1);
      sum.error /= count - 1;
    }
    const double share = (count - 1) / count;
    KahanSum next{share * mean, share * sum.error};
    next.add(values[i] / count);
    mean = next.sum;
    sum.error = next.error;
  }
  result.value = incremental ? mean + sum.error : sum.sum / count + sum.error / count;
  return true;
}

bool sum(const Window& window, WindowResult& result) {
  if (window.mixed()) return window.note_mixed(), false;
  if (window.samples.times.empty()) return sum_histograms(window, result);
  KahanSum total;
  for (const double value : window.samples.values) total.add(value);
  result.value = std::isinf(total.sum) ? total.sum : total.value();
  return true;
}

bool count(const Window& window, WindowResult& result) {
  result.value = static_cast<double>(window.samples.size());
  return true;
}

bool present(const Window&, WindowResult& result) {
  result.value = 1;
  return true;
}

bool last(const Window& window, WindowResult& result) {
  const Samples& samples = window.samples;
  const bool is_float = samples.histograms.empty() ||
                        (!samples.times.empty() && samples.histogram_times.back() < samples.times.back());
  if (is_float)
    result.value = samples.values.back();
  else
    result.histogram = samples.histograms.back();
  return true;
}

bool first(const Window& window, WindowResult& result) {
  const Samples& samples = window.samples;
  const bool is_float = samples.histograms.empty() ||
                        (!samples.times.empty() && samples.times.front() < samples.histogram_times.front());
  if (is_float)
    result.value = samples.values.front();
  else
    result.histogram = samples.histograms.front();
  return true;
}

bool time_of_first(const Window& window, WindowResult& result) {
  Millis time = std::numeric_limits<Millis>::max();
  if (!window.samples.times.empty()) time = window.samples.times.front();
  if (!window.samples.histogram_times.empty()) time = std::min(time, window.samples.histogram_times.front());
  result.value = static_cast<double>(time) / 1000;
  return true;
}

bool time_of_last(const Window& window, WindowResult& result) {
  Millis time = 0;
  if (!window.samples.times.empty()) time = window.samples.times.back();
  if (!window.samples.histogram_times.empty()) time = std::max(time, window.samples.histogram_times.back());
  result.value = static_cast<double>(time) / 1000;
  return true;
}

// The place of the extreme; later ones win ties where `latest` says so.
template <class Better>
bool extreme(const Window& window, WindowResult& result, bool want_time, Better better) {
  const auto values = window.samples.values;
  if (values.empty()) return false;
  if (window.mixed()) window.note_ignored_histograms();
  std::size_t best = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (better(values[i], values[best]) || std::isnan(values[best])) best = i;
  result.value = want_time ? static_cast<double>(window.samples.times[best]) / 1000 : values[best];
  return true;
}

bool maximum(const Window& window, WindowResult& result) {
  return extreme(window, result, false, [](double a, double b) { return a > b; });
}
bool minimum(const Window& window, WindowResult& result) {
  return extreme(window, result, false, [](double a, double b) { return a < b; });
}
bool time_of_maximum(const Window& window, WindowResult& result) {
  return extreme(window, result, true, [](double a, double b) { return a >= b; });
}
bool time_of_minimum(const Window& window, WindowResult& result) {
  return extreme(window, result, true, [](double a, double b) { return a <= b; });
}

bool variance(const Window& window, WindowResult& result) {
  if (window.samples.values.empty()) return false;
  if (window.mixed()) window.note_ignored_histograms();
  double number = 0;
  KahanSum mean;
  KahanSum squares;
  for (const double value : window.samples.values) {
    ++number;
    const double delta = value - mean.value();
    mean.add(delta / number);
    squares.add(delta * (value - mean.value()));
  }
  result.value = squares.value() / number;
  return true;
}

bool deviation(const Window& window, WindowResult& result) {
  if (!variance(window, result)) return false;
  result.value = std::sqrt(result.value);
  return true;
}

bool quantile(const Window& window, WindowResult& result) {
  if (window.samples.values.empty()) return false;
  const double q = window.call.scalar(0, window.step);
  if (std::isnan(q) || q < 0 || q > 1)
    window.notes.warn("quantile value should be between 0 and 1, got " + format_g(q),
                      window.call.first_argument);
  if (window.mixed()) window.note_ignored_histograms();
  std::vector<double> values(window.samples.values.begin(), window.samples.values.end());
  result.value = quantile_of(q, values);
  return true;
}

bool median_deviation(const Window& window, WindowResult& result) {
  if (window.samples.values.empty()) return false;
  if (window.mixed()) window.note_ignored_histograms();
  std::vector<double> values(window.samples.values.begin(), window.samples.values.end());
  result.value = quiet_nan;
  if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); })) return true;
  const double median = quantile_of(0.5, values);
  for (double& value : values) value = std::abs(value - median);
  result.value = quantile_of(0.5, values);
  return true;
}

struct Line {
  double slope = 0;
  double intercept = 0;  // at the time asked for
};

Line regression(std::span<const Millis> times, std::span<const double> values, Millis at) {
  KahanSum x_sum;
  KahanSum y_sum;
  KahanSum xy_sum;
  KahanSum xx_sum;
  bool constant = true;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (constant && i > 0 && values[i] != values[0]) constant = false;
    const double x = static_cast<double>(times[i] - at) / 1e3;
    x_sum.add(x);
    y_sum.add(values[i]);
    xy_sum.add(x * values[i]);
    xx_sum.add(x * x);
  }
  if (constant) return std::isinf(values[0]) ? Line{quiet_nan, quiet_nan} : Line{0, values[0]};
  const double n = static_cast<double>(times.size());
  const double covariance = xy_sum.value() - x_sum.value() * y_sum.value() / n;
  const double x_variance = xx_sum.value() - x_sum.value() * x_sum.value() / n;
  Line line;
  line.slope = covariance / x_variance;
  line.intercept = y_sum.value() / n - line.slope * x_sum.value() / n;
  return line;
}

// Two floats at least; says so when there is one beside histograms.
bool has_two_floats(const Window& window) {
  if (window.samples.values.empty()) return false;
  if (window.mixed()) window.note_ignored_histograms();
  return window.samples.values.size() >= 2;
}

bool derivative(const Window& window, WindowResult& result) {
  if (!has_two_floats(window)) return false;
  result.value = regression(window.samples.times, window.samples.values, window.samples.times[0]).slope;
  return true;
}

bool predict_linear(const Window& window, WindowResult& result) {
  if (!has_two_floats(window)) return false;
  const Line line = regression(window.samples.times, window.samples.values, window.time);
  result.value = line.slope * window.call.scalar(0, window.step) + line.intercept;
  return true;
}

bool smooth(const Window& window, WindowResult& result) {
  const double smoothing = window.call.scalar(0, window.step);
  const double trending = window.call.scalar(1, window.step);
  if (smoothing <= 0 || smoothing >= 1) {
    result.error = "invalid smoothing factor. Expected: 0 < sf < 1, got: " + format_fixed(smoothing, 6);
    return false;
  }
  if (trending <= 0 || trending >= 1) {
    result.error = "invalid trend factor. Expected: 0 < tf < 1, got: " + format_fixed(trending, 6);
    return false;
  }
  if (!has_two_floats(window)) return false;
  const auto values = window.samples.values;
  double previous = 0;
  double level = values[0];
  double trend = values[1] - values[0];
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double scaled = smoothing * values[i];
    if (i > 1) trend = trending * (level - previous) + (1 - trending) * trend;
    previous = level;
    level = scaled + (1 - smoothing) * (level + trend);
  }
  result.value = level;
  return true;
}

bool rate(const Window& window, WindowResult& result) {
  return extrapolated_rate(window, result, true, true);
}
bool increase(const Window& window, WindowResult& result) {
  return extrapolated_rate(window, result, true, false);
}
bool delta(const Window& window, WindowResult& result) {
  return extrapolated_rate(window, result, false, false);
}
bool irate(const Window& window, WindowResult& result) { return instant_rate(window, result, true); }
bool idelta(const Window& window, WindowResult& result) { return instant_rate(window, result, false); }

}  // namespace

void Window::note_mixed() const {
  notes.warn(fmt::format("encountered a mix of histograms and floats for metric name {}", quote(metric())),
             call.first_argument);
}

void Window::note_ignored_histograms() const {
  notes.info(
      fmt::format("ignored histograms in a range containing both floats and histograms for metric name {}",
                  quote(metric())),
      call.first_argument);
}

void Window::note_incompatible_buckets() const {
  notes.warn(
      fmt::format("vector contains a mix of histograms with exponential and custom buckets schemas for "
                  "metric name {}",
                  quote(metric())),
      call.first_argument);
}

void Window::note_reconciled(std::string_view operation) const {
  notes.info(fmt::format("mismatched custom buckets were reconciled during {}", operation),
             call.first_argument);
}

WindowFunction window_function(FunctionId id) {
  switch (id) {
    case FunctionId::absent_over_time:
    case FunctionId::present_over_time:
      return present;
    case FunctionId::avg_over_time:
      return average;
    case FunctionId::changes:
      return count_changes;
    case FunctionId::count_over_time:
      return count;
    case FunctionId::delta:
      return delta;
    case FunctionId::deriv:
      return derivative;
    case FunctionId::double_exponential_smoothing:
      return smooth;
    case FunctionId::first_over_time:
      return first;
    case FunctionId::idelta:
      return idelta;
    case FunctionId::increase:
      return increase;
    case FunctionId::irate:
      return irate;
    case FunctionId::last_over_time:
      return last;
    case FunctionId::mad_over_time:
      return median_deviation;
    case FunctionId::max_over_time:
      return maximum;
    case FunctionId::min_over_time:
      return minimum;
    case FunctionId::predict_linear:
      return predict_linear;
    case FunctionId::quantile_over_time:
      return quantile;
    case FunctionId::rate:
      return rate;
    case FunctionId::resets:
      return count_resets;
    case FunctionId::stddev_over_time:
      return deviation;
    case FunctionId::stdvar_over_time:
      return variance;
    case FunctionId::sum_over_time:
      return sum;
    case FunctionId::ts_of_first_over_time:
      return time_of_first;
    case FunctionId::ts_of_last_over_time:
      return time_of_last;
    case FunctionId::ts_of_max_over_time:
      return time_of_maximum;
    case FunctionId::ts_of_min_over_time:
      return time_of_minimum;
    default:
      return nullptr;
  }
}

}  // namespace aloft::telemetry::promql
