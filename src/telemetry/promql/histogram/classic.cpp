// Quantiles and fractions of classic histograms: series of cumulative buckets with `le`.
#include <algorithm>
#include <cmath>
#include <limits>

#include "telemetry/promql/histogram/quantile.h"
#include "telemetry/promql/numbers.h"

namespace aloft::telemetry::promql {
namespace {

// Relative differences that are taken for rounding.
constexpr double rounding = 1e-12;

void sort_buckets(std::vector<ClassicBucket>& buckets) {
  const auto before = [](const ClassicBucket& a, const ClassicBucket& b) { return a.upper < b.upper; };
  if (!std::is_sorted(buckets.begin(), buckets.end(), before))
    std::sort(buckets.begin(), buckets.end(), before);
}

// Buckets of the same bound become one.
void coalesce(std::vector<ClassicBucket>& buckets) {
  std::size_t last = 0;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper == buckets[last].upper)
      buckets[last].count += buckets[i].count;
    else
      buckets[++last] = buckets[i];
  }
  buckets.resize(last + 1);
}

void make_monotonic(std::vector<ClassicBucket>& buckets, ClassicQuantile& result) {
  result.lowest_forced = infinity;
  result.highest_forced = -infinity;
  double previous = buckets[0].count;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    const double count = buckets[i].count;
    if (count == previous) continue;
    if (almost_equal(previous, count, rounding)) {
      buckets[i].count = previous;
    } else if (count < previous) {
      buckets[i].count = previous;
      result.forced_monotonic = true;
      result.lowest_forced = std::min(result.lowest_forced, buckets[i].upper);
      result.highest_forced = std::max(result.highest_forced, buckets[i].upper);
      result.largest_drop = std::max(result.largest_drop, previous - count);
    } else {
      previous = count;
    }
  }
}

double interpolate_rank(const std::vector<ClassicBucket>& buckets, double rank) {
  const auto found =
      std::partition_point(buckets.begin(), buckets.end() - 1,
                           [&](const ClassicBucket& bucket) { return !(bucket.count >= rank); });
  const auto at = static_cast<std::size_t>(found - buckets.begin());
  if (at == buckets.size() - 1) return buckets[at - 1].upper;
  if (at == 0 && buckets[0].upper <= 0) return buckets[0].upper;
  double start = 0;
  double count = buckets[at].count;
  if (at > 0) {
    start = buckets[at - 1].upper;
    count -= buckets[at - 1].count;
    rank -= buckets[at - 1].count;
  }
  return start + (buckets[at].upper - start) * (rank / count);
}

}  // namespace

ClassicQuantile classic_quantile(double q, std::vector<ClassicBucket>& buckets) {
  ClassicQuantile result;
  if (std::isnan(q)) return result.value = quiet_nan, result;
  if (q < 0) return result.value = -infinity, result;
  if (q > 1) return result.value = infinity, result;
  result.value = quiet_nan;
  sort_buckets(buckets);
  if (buckets.back().upper != infinity) return result;
  coalesce(buckets);
  make_monotonic(buckets, result);
  if (buckets.size() < 2 || buckets.back().count == 0) return result;
  result.value = interpolate_rank(buckets, q * buckets.back().count);
  return result;
}

double classic_fraction(double lower, double upper, std::vector<ClassicBucket>& buckets) {
  sort_buckets(buckets);
  if (buckets.back().upper != infinity) return quiet_nan;
  coalesce(buckets);
  const double count = buckets.back().count;
  if (count == 0 || std::isnan(lower) || std::isnan(upper)) return quiet_nan;
  if (lower >= upper) return 0;
  double rank = 0;
  double lower_rank = 0;
  double upper_rank = 0;
  bool lower_set = false;
  bool upper_set = false;
  double start = buckets[0].upper <= 0 ? -infinity : 0;
  for (const ClassicBucket& bucket : buckets) {
    const auto place = [&](double value, double& at, bool& set) {
      if (set) return;
      if (start >= value) {
        at = rank;
        set = true;
      } else if (bucket.upper > value) {
        // Nothing is known of how a bucket without end is filled.
        at = start == -infinity ? bucket.count
                                : rank + (bucket.count - rank) * (value - start) / (bucket.upper - start);
        set = true;
      }
    };
    place(lower, lower_rank, lower_set);
    place(upper, upper_rank, upper_set);
    if (lower_set && upper_set) break;
    rank = bucket.count;
    start = bucket.upper;
  }
  if (!lower_set || lower_rank > count) lower_rank = count;
  if (!upper_set || upper_rank > count) upper_rank = count;
  return (upper_rank - lower_rank) / count;
}

}  // namespace aloft::telemetry::promql
