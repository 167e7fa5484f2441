// Zero buckets of different width.
#include "telemetry/promql/histogram/zero_bucket.h"

#include "telemetry/promql/eval/kahan.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/histogram/side.h"

namespace aloft::telemetry::promql {
namespace {

// Adds the buckets of one side that begin below the threshold. Gives the end of a populated bucket that the
// threshold is inside of, otherwise 0.
double take_inner_buckets(const NativeHistogram& h, bool positive, double threshold,
                          const std::vector<double>* errors, KahanSum& sum) {
  const Side side =
      positive ? Side(h.positive_spans, h.positive_buckets) : Side(h.negative_spans, h.negative_buckets);
  for (std::size_t i = 0; i < side.size(); ++i) {
    if (upper_bound(h, side.index[i] - 1) >= threshold) break;
    sum.add(side.count[i]);
    if (errors != nullptr && i < errors->size()) sum.add((*errors)[i]);
    const double upper = upper_bound(h, side.index[i]);
    if (upper > threshold) return side.count[i] != 0 ? upper : 0;
  }
  return 0;
}

void remove_inner_buckets(NativeHistogram& h, bool positive, std::vector<double>* errors) {
  auto& spans = positive ? h.positive_spans : h.negative_spans;
  auto& buckets = positive ? h.positive_buckets : h.negative_buckets;
  Side side = errors != nullptr ? Side(spans, buckets, *errors) : Side(spans, buckets);
  for (std::size_t i = 0; i < side.size(); ++i) {
    if (upper_bound(h, side.index[i] - 1) >= h.zero_threshold) break;
    side.count[i] = 0;
    if (errors != nullptr) side.error[i] = 0;
  }
  side = side.without_zeros();
  side.store(spans, buckets);
  if (errors != nullptr) *errors = side.error;
}

}  // namespace

ZeroCount zero_count_for(const NativeHistogram& h, double threshold, const NativeHistogram* errors) {
  double error = errors != nullptr ? errors->zero_count : 0;
  if (threshold == h.zero_threshold) return {h.zero_count, threshold, error};
  while (true) {
    KahanSum sum{h.zero_count, error};
    const double wider =
        take_inner_buckets(h, true, threshold, errors != nullptr ? &errors->positive_buckets : nullptr, sum);
    if (wider > 0) threshold = wider;
    const double again =
        take_inner_buckets(h, false, threshold, errors != nullptr ? &errors->negative_buckets : nullptr, sum);
    error = sum.error;
    // What was taken from the positive side no longer fits a threshold that the negative side widened.
    if (again > 0) {
      threshold = again;
      continue;
    }
    return {sum.sum, threshold, error};
  }
}

double reconcile_zero_buckets(NativeHistogram& h, const NativeHistogram& other, NativeHistogram* errors) {
  double count = other.zero_count;
  double threshold = other.zero_threshold;
  while (threshold != h.zero_threshold) {
    if (h.zero_threshold > threshold) {
      const ZeroCount wider = zero_count_for(other, h.zero_threshold, nullptr);
      count = wider.count;
      threshold = wider.threshold;
    }
    if (threshold > h.zero_threshold) {
      const ZeroCount wider = zero_count_for(h, threshold, errors);
      h.zero_count = wider.count;
      h.zero_threshold = wider.threshold;
      if (errors != nullptr) errors->zero_count = wider.error;
      remove_inner_buckets(h, true, errors != nullptr ? &errors->positive_buckets : nullptr);
      remove_inner_buckets(h, false, errors != nullptr ? &errors->negative_buckets : nullptr);
    }
  }
  return count;
}

}  // namespace aloft::telemetry::promql
