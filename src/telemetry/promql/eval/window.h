// Functions over range vectors: what a call is, the window of samples at one step, and the functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "telemetry/promql/eval/series_source.h"
#include "telemetry/promql/functions.h"

namespace aloft::telemetry::promql {

// The samples of all windows of a series: each as often as a window has it, and once.
struct SampleCount {
  std::uint64_t loaded = 0;
  std::uint64_t read = 0;
};

// Everything about a call that is the same for all series.
struct RangeCall {
  const Function* function = nullptr;
  Span first_argument;  // where annotations point
  Millis range = 0;
  Millis offset = 0;
  std::optional<Millis> at;
  Millis lookback = 0;
  bool anchored = false;
  bool smoothed = false;
  bool use_start_times = false;
  bool over_subquery = false;
  // The scalar arguments by step, in their order.
  std::vector<std::span<const double>> scalars;
  double scalar(std::size_t argument, std::size_t step) const { return scalars[argument][step]; }
  double range_seconds() const { return static_cast<double>(range) / 1000; }
};

// The samples of one series that a step sees: from < time <= to. Anchored and smoothed ones see more.
struct Window {
  const RangeCall& call;
  Samples samples;
  Millis from = 0;
  Millis to = 0;
  Millis time = 0;  // of the step
  std::size_t step = 0;
  LabelsView labels;
  Annotations& notes;

  std::string_view metric() const { return labels.metric_name(); }
  bool mixed() const { return !samples.times.empty() && !samples.histogram_times.empty(); }
  void note_mixed() const;               // a mix is an error of the function
  void note_ignored_histograms() const;  // a mix is not, histograms are ignored
  void note_incompatible_buckets() const;
  void note_reconciled(std::string_view operation) const;
};

struct WindowResult {
  double value = 0;
  HistogramPtr histogram;
  std::string error;  // not empty: the query fails with it
};

// False: no sample at this step. The window is not empty.
using WindowFunction = bool (*)(const Window& window, WindowResult& result);
// Null for functions that are not over ranges.
WindowFunction window_function(FunctionId id);

// rate, increase and delta of plain floats, over all steps of a series at once.
bool has_float_rate(const RangeCall& call);
SampleCount float_rates(const RangeCall& call, const Steps& steps, const Samples& samples, double* row);

// Extrapolated, anchored or smoothed; shared by rate, increase and delta.
bool extrapolated_rate(const Window& window, WindowResult& result, bool counter, bool per_second);
bool extended_rate(const Window& window, WindowResult& result, bool counter, bool per_second);
bool instant_rate(const Window& window, WindowResult& result, bool counter);
bool count_resets(const Window& window, WindowResult& result);
bool count_changes(const Window& window, WindowResult& result);
bool sum_histograms(const Window& window, WindowResult& result);
bool average_histograms(const Window& window, WindowResult& result);
// Was the counter reset between two samples, as their start times say?
bool start_time_reset(Millis previous_start, Millis previous, Millis start, Millis time);

}  // namespace aloft::telemetry::promql
