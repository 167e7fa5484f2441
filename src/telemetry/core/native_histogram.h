// Native histograms of Prometheus: exponential buckets (or custom bounds) kept sparsely, as one sample value.
// Source: prompb.Histogram and the native histogram specification of Prometheus 3.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace aloft::telemetry {

// A value. All counts are absolute (no deltas) and may be fractional.
struct NativeHistogram {
  enum class ResetHint : std::uint8_t { unknown = 0, yes = 1, no = 2, gauge = 3 };
  // `offset` buckets are skipped from the end of the previous span (from index 0 for the first), then
  // `length` buckets follow.
  struct Span {
    std::int32_t offset = 0;
    std::uint32_t length = 0;
    bool operator==(const Span&) const = default;
  };
  static constexpr std::int32_t custom_schema = -53;

  // Of a stored sample it is never `no`: which sample stands before it is known only when it is read.
  ResetHint reset_hint = ResetHint::unknown;
  std::int32_t schema = 0;  // -4..8: bucket factor is 2^(2^-schema); custom_schema: bounds are custom_bounds
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;
  std::vector<Span> positive_spans, negative_spans;
  std::vector<double> positive_buckets, negative_buckets;
  std::vector<double> custom_bounds;  // upper bounds, rising, without +Inf
  bool operator==(const NativeHistogram&) const = default;
};

using HistogramPtr = std::shared_ptr<const NativeHistogram>;

}  // namespace aloft::telemetry
