// The sum or the average of native histograms, with rounding errors carried along.
#pragma once

#include <optional>

#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

class HistogramSum {
 public:
  explicit HistogramSum(bool average) : average_(average) {}
  // Histograms after an incompatible one are ignored.
  void add(const NativeHistogram& histogram);
  bool empty() const { return !sum_; }
  bool incompatible() const { return incompatible_; }
  bool bounds_reconciled() const { return bounds_reconciled_; }
  // Some said that their counter was reset, others that it was not.
  bool reset_collision() const { return reset_seen_ && no_reset_seen_; }
  // Not compacted. There was at least one histogram.
  NativeHistogram result() const;

 private:
  bool add_to_sum(const NativeHistogram& histogram);
  void add_to_mean(const NativeHistogram& histogram);

  bool average_;
  std::optional<NativeHistogram> sum_;  // or the mean, once the sum would overflow
  std::optional<NativeHistogram> errors_;
  double count_ = 0;
  bool incremental_ = false;
  bool incompatible_ = false;
  bool bounds_reconciled_ = false;
  bool reset_seen_ = false;
  bool no_reset_seen_ = false;
};

}  // namespace aloft::telemetry::promql
