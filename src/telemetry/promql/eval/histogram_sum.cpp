// The sum or the average of native histograms.
#include "telemetry/promql/eval/histogram_sum.h"

#include "telemetry/promql/histogram/arithmetic.h"

namespace aloft::telemetry::promql {

void HistogramSum::add(const NativeHistogram& histogram) {
  if (incompatible_) return;
  reset_seen_ = reset_seen_ || histogram.reset_hint == NativeHistogram::ResetHint::yes;
  no_reset_seen_ = no_reset_seen_ || histogram.reset_hint == NativeHistogram::ResetHint::no;
  ++count_;
  if (!sum_) {
    sum_ = histogram;
    return;
  }
  if (!incremental_ && add_to_sum(histogram)) return;
  if (!incompatible_) add_to_mean(histogram);
}

// False when the sum of an average would overflow: the mean is then carried instead.
bool HistogramSum::add_to_sum(const NativeHistogram& histogram) {
  std::optional<NativeHistogram> before;
  std::optional<NativeHistogram> errors_before;
  if (average_) {
    before = sum_;
    errors_before = errors_;
  }
  const HistogramOutcome outcome = kahan_add(*sum_, histogram, errors_);
  incompatible_ = outcome.incompatible;
  bounds_reconciled_ = bounds_reconciled_ || outcome.bounds_reconciled;
  if (!average_ || incompatible_ || !has_overflow(*sum_)) return true;
  incremental_ = true;
  sum_ = std::move(before);
  errors_ = std::move(errors_before);
  divide(*sum_, count_ - 1);
  if (errors_) divide(*errors_, count_ - 1);
  return false;
}

void HistogramSum::add_to_mean(const NativeHistogram& histogram) {
  const double share = (count_ - 1) / count_;
  if (errors_) multiply(*errors_, share);
  NativeHistogram part = histogram;
  divide(part, count_);
  multiply(*sum_, share);
  const HistogramOutcome outcome = kahan_add(*sum_, part, errors_);
  incompatible_ = outcome.incompatible;
  bounds_reconciled_ = bounds_reconciled_ || outcome.bounds_reconciled;
}

NativeHistogram HistogramSum::result() const {
  NativeHistogram out = *sum_;
  std::optional<NativeHistogram> errors = errors_;
  if (average_ && !incremental_) {
    divide(out, count_);
    if (errors) divide(*errors, count_);
  }
  if (errors) promql::add(out, *errors);
  return out;
}

}  // namespace aloft::telemetry::promql
