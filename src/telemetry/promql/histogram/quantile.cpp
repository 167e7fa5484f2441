// Quantiles of native histograms and of plain values.
#include "telemetry/promql/histogram/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "telemetry/core/metric_batch.h"
#include "telemetry/promql/eval/kahan.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/numbers.h"

namespace aloft::telemetry::promql {
namespace {

// A histogram of one sign only counts from zero.
void natural_bounds(HistogramBucket& bucket, const NativeHistogram& h) {
  if (h.negative_buckets.empty() && !h.positive_buckets.empty())
    bucket.lower = 0;
  else if (h.positive_buckets.empty() && !h.negative_buckets.empty())
    bucket.upper = 0;
}

double interpolate(const HistogramBucket& bucket, double fraction, bool linear) {
  if (linear || (bucket.lower <= 0 && bucket.upper >= 0))
    return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  const double log_lower = std::log2(std::abs(bucket.lower));
  const double log_upper = std::log2(std::abs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(log_lower + (log_upper - log_lower) * fraction);
  return -std::exp2(log_upper + (log_lower - log_upper) * (1 - fraction));
}

}  // namespace

NativeResult native_quantile(double q, const NativeHistogram& h) {
  if (q < 0) return {-infinity};
  if (q > 1) return {infinity};
  if (h.count == 0 || std::isnan(q)) return {quiet_nan};
  std::vector<HistogramBucket> buckets = all_buckets(h);
  const bool custom = uses_custom_buckets(h);
  // NaN observations are in the count and in no bucket, so only counting from below finds the place.
  const bool nan_sum = std::isnan(h.sum);
  const bool from_below = nan_sum || q < 0.5;
  if (!from_below) std::reverse(buckets.begin(), buckets.end());
  double rank = (from_below ? q : 1 - q) * h.count;
  HistogramBucket bucket;
  double count = 0;
  std::size_t next = 0;
  while (next < buckets.size()) {
    bucket = buckets[next++];
    count += bucket.count;
    if (bucket.count != 0 && count >= rank) break;
  }
  if (!custom && bucket.lower < 0 && bucket.upper > 0) {
    natural_bounds(bucket, h);
  } else if (custom && bucket.lower == -infinity) {
    if (bucket.upper <= 0) return {bucket.upper};
    bucket.lower = 0;
  } else if (custom && bucket.upper == infinity) {
    return {bucket.lower};
  }
  count = std::min(count, h.count);
  if (count < rank) {
    if (nan_sum) return {quiet_nan, NanObservations::result_is_nan};
    return {bucket.upper};
  }
  rank = from_below ? rank - (count - bucket.count) : count - rank;
  NativeResult result;
  if (nan_sum) {
    for (; next < buckets.size(); ++next) count += buckets[next].count;
    if (count < h.count) result.note = NanObservations::skewed;
  }
  result.value = interpolate(bucket, rank / bucket.count, custom);
  return result;
}

NativeResult native_fraction(double lower, double upper, const NativeHistogram& h) {
  if (h.count == 0 || std::isnan(lower) || std::isnan(upper)) return {quiet_nan};
  if (lower >= upper) return {0};
  const bool custom = uses_custom_buckets(h);
  double rank = 0;
  double lower_rank = 0;
  double upper_rank = 0;
  double count = 0;
  bool lower_set = false;
  bool upper_set = false;
  const std::vector<HistogramBucket> buckets = all_buckets(h);
  std::size_t next = 0;
  while (next < buckets.size()) {
    HistogramBucket bucket = buckets[next++];
    count += bucket.count;
    const bool zero = bucket.lower <= 0 && bucket.upper >= 0;
    if (zero) natural_bounds(bucket, h);
    const auto rank_of = [&](double value) {
      // Nothing is known of how a bucket without end is filled.
      if ((custom || zero) && bucket.lower == -infinity) return bucket.count;
      return rank + bucket.count * bucket.fraction_below(value, custom || zero);
    };
    const auto place = [&](double value, double& at, bool& set) {
      if (set) return;
      if (bucket.lower >= value) {
        at = rank;
        set = true;
      } else if (bucket.upper > value) {
        at = rank_of(value);
        set = true;
      }
    };
    place(lower, lower_rank, lower_set);
    place(upper, upper_rank, upper_set);
    if (lower_set && upper_set) break;
    rank += bucket.count;
  }
  NativeResult result;
  if (std::isnan(h.sum)) {
    for (; next < buckets.size(); ++next) count += buckets[next].count;
    if (count < h.count) result.note = NanObservations::excluded;
  } else {
    count = h.count;
  }
  if (!lower_set || lower_rank > count) lower_rank = count;
  if (!upper_set || upper_rank > count) upper_rank = count;
  result.value = (upper_rank - lower_rank) / h.count;
  return result;
}

double native_variance(const NativeHistogram& h) {
  const double mean = h.sum / h.count;
  KahanSum variance;
  for (const HistogramBucket& bucket : all_buckets(h)) {
    if (bucket.count == 0) continue;
    double value = 0;
    if (uses_custom_buckets(h)) {
      value = (bucket.upper + bucket.lower) / 2;
    } else if (bucket.lower > 0 || bucket.upper < 0) {
      value = std::sqrt(bucket.upper * bucket.lower);
      if (bucket.upper < 0) value = -value;
    }
    const double delta = value - mean;
    variance.add(bucket.count * delta * delta);
  }
  return variance.value() / h.count;
}

double quantile_of(double q, std::vector<double>& values) {
  if (values.empty() || std::isnan(q)) return quiet_nan;
  if (q < 0) return -infinity;
  if (q > 1) return infinity;
  const double last = static_cast<double>(values.size()) - 1;
  const double rank = q * last;
  const double lower = std::max(0.0, std::floor(rank));
  const double upper = std::min(last, lower + 1);
  const auto before = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
  const auto at = [&](double index) { return values.begin() + static_cast<std::ptrdiff_t>(index); };
  std::nth_element(values.begin(), at(lower), values.end(), before);
  const double low = *at(lower);
  const double high = upper == lower ? low : *std::min_element(at(upper), values.end(), before);
  const double weight = rank - std::floor(rank);
  return low * (1 - weight) + high * weight;
}

bool almost_equal(double a, double b, double epsilon) {
  if (is_stale(a) || is_stale(b)) return is_stale(a) && is_stale(b);
  if ((std::isnan(a) && std::isnan(b)) || a == b) return true;
  const double sum = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  constexpr double smallest = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < smallest) return difference < epsilon * smallest;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < epsilon;
}

}  // namespace aloft::telemetry::promql
