// Native histograms as test files write them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

struct WrittenHistogram {
  NativeHistogram histogram;
  bool hint_given = false;  // counter_reset_hint was among the keys
};

// `{{schema:1 sum:3 count:22 buckets:[5 10 7]}}` at `at`, which is moved behind it. Error: bad_request with
// line:col in `text`.
Result<WrittenHistogram> parse_histogram(std::string_view text, std::size_t& at);

}  // namespace aloft::telemetry::promql
