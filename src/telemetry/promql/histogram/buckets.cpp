// Reading native histograms bucket by bucket.
#include "telemetry/promql/histogram/buckets.h"

#include <cmath>
#include <limits>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/side.h"
#include "telemetry/promql/numbers.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

HistogramBucket make_bucket(const NativeHistogram& h, std::int32_t index, double count, bool positive) {
  HistogramBucket bucket;
  bucket.count = count;
  const double outer = upper_bound(h, index);
  const double inner = upper_bound(h, index - 1);
  bucket.lower = positive ? inner : -outer;
  bucket.upper = positive ? outer : -inner;
  if (uses_custom_buckets(h)) {
    bucket.lower_inclusive = index == 0;
    bucket.upper_inclusive = true;
  } else {
    bucket.lower_inclusive = bucket.lower < 0;
    bucket.upper_inclusive = bucket.upper > 0;
  }
  return bucket;
}

std::vector<HistogramBucket> side_buckets(const NativeHistogram& h, bool positive) {
  const Side side =
      positive ? Side(h.positive_spans, h.positive_buckets) : Side(h.negative_spans, h.negative_buckets);
  std::vector<HistogramBucket> buckets;
  buckets.reserve(side.size());
  for (std::size_t i = 0; i < side.size(); ++i)
    buckets.push_back(make_bucket(h, side.index[i], side.count[i], positive));
  return buckets;
}

void end_at_zero_bucket(HistogramBucket& bucket, double threshold) {
  if (bucket.lower > 0 && bucket.lower < threshold) bucket.lower = threshold;
  if (bucket.upper < 0 && bucket.upper > -threshold) bucket.upper = -threshold;
}

std::string bucket_text(const HistogramBucket& bucket) {
  return fmt::format("{}{},{}{}:{}", bucket.lower_inclusive ? '[' : '(', format_g(bucket.lower),
                     format_g(bucket.upper), bucket.upper_inclusive ? ']' : ')', format_g(bucket.count));
}

std::string number_list(const std::vector<double>& numbers) {
  std::string out = "[";
  for (const double number : numbers) {
    if (out.size() > 1) out += ' ';
    out += format_g(number);
  }
  return out + "]";
}

// One run of buckets, gaps filled with zeros.
void append_side(std::string& out, std::string_view prefix, const std::vector<NativeHistogram::Span>& spans,
                 const std::vector<double>& buckets) {
  const Side side = Side(spans, buckets).without_zeros();
  if (side.size() == 0) return;
  if (side.index[0] != 0) out += fmt::format(" {}offset:{}", prefix, side.index[0]);
  std::vector<double> filled;
  for (std::size_t i = 0; i < side.size(); ++i) {
    filled.resize(static_cast<std::size_t>(side.index[i] - side.index[0]), 0);
    filled.push_back(side.count[i]);
  }
  out += fmt::format(" {}buckets:{}", prefix, number_list(filled));
}

}  // namespace

double upper_bound(const NativeHistogram& h, std::int32_t index) {
  if (!uses_custom_buckets(h)) return exponential_bound(index, h.schema);
  if (index < 0) return -infinity;
  return static_cast<std::size_t>(index) < h.custom_bounds.size()
             ? h.custom_bounds[static_cast<std::size_t>(index)]
             : infinity;
}

double HistogramBucket::fraction_below(double value, bool linear) const {
  if (linear) return (value - lower) / (upper - lower);
  const double log_lower = std::log2(std::abs(lower));
  const double log_upper = std::log2(std::abs(upper));
  const double log_value = std::log2(std::abs(value));
  if (value > 0) return (log_value - log_lower) / (log_upper - log_lower);
  return 1 - (log_value - log_upper) / (log_lower - log_upper);
}

std::vector<HistogramBucket> positive_buckets(const NativeHistogram& h) { return side_buckets(h, true); }
std::vector<HistogramBucket> negative_buckets(const NativeHistogram& h) { return side_buckets(h, false); }

HistogramBucket zero_bucket(const NativeHistogram& h) {
  return {-h.zero_threshold, h.zero_threshold, true, true, h.zero_count};
}

std::vector<HistogramBucket> all_buckets(const NativeHistogram& h) {
  std::vector<HistogramBucket> buckets = negative_buckets(h);
  std::reverse(buckets.begin(), buckets.end());
  for (HistogramBucket& bucket : buckets) end_at_zero_bucket(bucket, h.zero_threshold);
  if (h.zero_count > 0) buckets.push_back(zero_bucket(h));
  for (HistogramBucket& bucket : positive_buckets(h)) {
    end_at_zero_bucket(bucket, h.zero_threshold);
    buckets.push_back(bucket);
  }
  return buckets;
}

std::string to_string(const NativeHistogram& h) {
  std::string out = fmt::format("{{count:{}, sum:{}", format_g(h.count), format_g(h.sum));
  const std::vector<HistogramBucket> negative = negative_buckets(h);
  for (auto bucket = negative.rbegin(); bucket != negative.rend(); ++bucket)
    if (bucket->count != 0) out += ", " + bucket_text(*bucket);
  if (h.zero_count != 0) out += ", " + bucket_text(zero_bucket(h));
  for (const HistogramBucket& bucket : positive_buckets(h))
    if (bucket.count != 0) out += ", " + bucket_text(bucket);
  return out + "}";
}

std::string test_expression(const NativeHistogram& h) {
  std::string out;
  if (h.schema != 0) out += fmt::format(" schema:{}", h.schema);
  if (h.count != 0) out += " count:" + format_g(h.count);
  if (h.sum != 0) out += " sum:" + format_g(h.sum);
  if (h.zero_count != 0) out += " z_bucket:" + format_g(h.zero_count);
  if (h.zero_threshold != 0) out += " z_bucket_w:" + format_g(h.zero_threshold);
  if (uses_custom_buckets(h)) out += " custom_values:" + number_list(h.custom_bounds);
  if (h.reset_hint == NativeHistogram::ResetHint::yes) out += " counter_reset_hint:reset";
  if (h.reset_hint == NativeHistogram::ResetHint::no) out += " counter_reset_hint:not_reset";
  if (h.reset_hint == NativeHistogram::ResetHint::gauge) out += " counter_reset_hint:gauge";
  append_side(out, "", h.positive_spans, h.positive_buckets);
  append_side(out, "n_", h.negative_spans, h.negative_buckets);
  if (!out.empty()) out.erase(0, 1);
  return "{{" + out + "}}";
}

}  // namespace aloft::telemetry::promql
