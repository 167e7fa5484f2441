// The notation of test files for series and their samples: `http_requests{job="a"} 0+10x5 _ stale NaN`,
// `{{schema:0 count:3 sum:4 buckets:[1 2]}}`. Used by PromQL test scripts and rule unit tests.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

// One value of the sequence, at its place.
struct SequenceValue {
  bool omitted = false;  // `_`: no sample here
  double value = 0;      // the stale marker for `stale`
  HistogramPtr histogram;
  bool reset_hint_given = false;  // the histogram names its reset hint
};

struct SeriesDescription {
  Labels labels;
  std::vector<SequenceValue> values;
};

// Repetitions count the starting value too: 1+2x3 is 1 3 5 7. Error: bad_request with line:col, worded as
// Prometheus' parser; too long a sequence (over 10 million values) is refused.
Result<SeriesDescription> parse_series_description(std::string_view text);
// Only the metric: `up{job="a"}`. Error: bad_request.
Result<Labels> parse_metric(std::string_view text);

}  // namespace aloft::telemetry::promql
