// Counter resets between native histograms, and their equality.
#include <algorithm>
#include <bit>
#include <limits>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/histogram/side.h"
#include "telemetry/promql/histogram/zero_bucket.h"

namespace aloft::telemetry::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

// The buckets of `h` in the resolution of another one, without those that its zero bucket covers.
Side comparable(const NativeHistogram& h, const NativeHistogram& like, bool positive) {
  Side side =
      positive ? Side(h.positive_spans, h.positive_buckets) : Side(h.negative_spans, h.negative_buckets);
  if (uses_custom_buckets(like)) return side;
  if (h.schema != like.schema) side = side.reduced(h.schema, like.schema);
  std::size_t skip = 0;
  while (like.zero_threshold > 0 && skip < side.size() &&
         exponential_bound(side.index[skip], like.schema) <= like.zero_threshold)
    ++skip;
  side.index.erase(side.index.begin(), side.index.begin() + static_cast<std::ptrdiff_t>(skip));
  side.count.erase(side.count.begin(), side.count.begin() + static_cast<std::ptrdiff_t>(skip));
  return side;
}

bool bucket_fell(const Side& current, const Side& previous) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < previous.size(); ++i) {
    while (at < current.size() && current.index[at] < previous.index[i]) ++at;
    const bool present = at < current.size() && current.index[at] == previous.index[i];
    if (present ? current.count[at] < previous.count[i] : previous.count[i] != 0) return true;
  }
  return false;
}

// What a side counts up to a bound, from where the last call stopped.
double count_up_to(const Side& side, const std::vector<double>& bounds, double bound, std::size_t& at) {
  double sum = 0;
  for (; at < side.size(); ++at) {
    const auto index = static_cast<std::size_t>(side.index[at]);
    const double upper = index < bounds.size() ? bounds[index] : std::numeric_limits<double>::infinity();
    if (upper > bound) break;
    sum += side.count[at];
  }
  return sum;
}

bool fell_between_common_bounds(const NativeHistogram& h, const NativeHistogram& previous) {
  std::vector<double> bounds;
  std::set_intersection(h.custom_bounds.begin(), h.custom_bounds.end(), previous.custom_bounds.begin(),
                        previous.custom_bounds.end(), std::back_inserter(bounds));
  bounds.push_back(std::numeric_limits<double>::infinity());
  const Side current(h.positive_spans, h.positive_buckets);
  const Side before(previous.positive_spans, previous.positive_buckets);
  std::size_t current_at = 0;
  std::size_t before_at = 0;
  for (const double bound : bounds)
    if (count_up_to(current, h.custom_bounds, bound, current_at) <
        count_up_to(before, previous.custom_bounds, bound, before_at))
      return true;
  return false;
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same_side(const std::vector<NativeHistogram::Span>& a_spans, const std::vector<double>& a_buckets,
               const std::vector<NativeHistogram::Span>& b_spans, const std::vector<double>& b_buckets) {
  const Side a(a_spans, a_buckets);
  const Side b(b_spans, b_buckets);
  return a.index == b.index && a_buckets.size() == b_buckets.size() &&
         std::equal(a.count.begin(), a.count.end(), b.count.begin(), same_bits);
}

// The usual case, without taking spans apart.
bool same_spans_fell(const NativeHistogram& h, const NativeHistogram& previous) {
  for (std::size_t i = 0; i < h.positive_buckets.size(); ++i)
    if (h.positive_buckets[i] < previous.positive_buckets[i]) return true;
  for (std::size_t i = 0; i < h.negative_buckets.size(); ++i)
    if (h.negative_buckets[i] < previous.negative_buckets[i]) return true;
  return false;
}

}  // namespace

bool continues_chunk(const NativeHistogram& h, const NativeHistogram& previous) {
  if (h.reset_hint == ResetHint::yes || previous.reset_hint == ResetHint::gauge) return false;
  if (h.count < previous.count || h.schema != previous.schema ||
      h.zero_threshold != previous.zero_threshold || h.zero_count < previous.zero_count ||
      h.custom_bounds != previous.custom_bounds)
    return false;
  return !bucket_fell(Side(h.positive_spans, h.positive_buckets),
                      Side(previous.positive_spans, previous.positive_buckets)) &&
         !bucket_fell(Side(h.negative_spans, h.negative_buckets),
                      Side(previous.negative_spans, previous.negative_buckets));
}

bool detect_reset(const NativeHistogram& h, const NativeHistogram& previous) {
  if (h.reset_hint == ResetHint::yes) return true;
  if (h.reset_hint == ResetHint::no) return false;
  if (h.count < previous.count) return true;
  if (uses_custom_buckets(h)) {
    if (!uses_custom_buckets(previous)) return true;
    if (h.custom_bounds != previous.custom_bounds) return fell_between_common_bounds(h, previous);
  }
  // A finer resolution or a smaller zero bucket comes only with a reset.
  if (h.schema > previous.schema || h.zero_threshold < previous.zero_threshold) return true;
  const ZeroCount zero = zero_count_for(previous, h.zero_threshold, nullptr);
  if (zero.threshold != h.zero_threshold || h.zero_count < zero.count) return true;
  if (h.schema == previous.schema && h.zero_threshold == 0 && h.positive_spans == previous.positive_spans &&
      h.negative_spans == previous.negative_spans &&
      h.positive_buckets.size() == previous.positive_buckets.size() &&
      h.negative_buckets.size() == previous.negative_buckets.size())
    return same_spans_fell(h, previous);
  return bucket_fell(comparable(h, h, true), comparable(previous, h, true)) ||
         bucket_fell(comparable(h, h, false), comparable(previous, h, false));
}

bool same_histogram(const NativeHistogram& a, const NativeHistogram& b) {
  if (a.schema != b.schema || !same_bits(a.count, b.count) || !same_bits(a.sum, b.sum)) return false;
  if (uses_custom_buckets(a) && a.custom_bounds != b.custom_bounds) return false;
  if (a.zero_threshold != b.zero_threshold || !same_bits(a.zero_count, b.zero_count)) return false;
  return same_side(a.negative_spans, a.negative_buckets, b.negative_spans, b.negative_buckets) &&
         same_side(a.positive_spans, a.positive_buckets, b.positive_spans, b.positive_buckets);
}

}  // namespace aloft::telemetry::promql
