// Cutting a native histogram off at a value (the operators </ and >/).
#include <cmath>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"

namespace aloft::telemetry::promql {
namespace {

// What stays of a bucket, and the value that stands for what stays.
struct Rest {
  double count = 0;
  double middle = 0;
};

double zero_if_infinite(double value) { return std::isinf(value) ? 0 : value; }

double middle_of(double lower, double upper, bool positive, bool linear) {
  if (std::isinf(lower)) {
    if (std::isinf(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (std::isinf(upper)) return lower;
  if (linear) return (lower + upper) / 2;
  const double mean = std::sqrt(std::abs(lower * upper));
  return positive ? mean : -mean;
}

// How the observations of a bucket without end are spread is unknown, so such a bucket stays or goes whole,
// but where a natural bound of zero makes it finite.
Rest cut_below_everything(const HistogramBucket& bucket, double value, bool upper) {
  const bool finite_above_zero = bucket.upper > 0 && !std::isinf(bucket.upper);
  if (upper) {
    if (value >= bucket.upper) return {bucket.count, 0};
    if (value > 0 && finite_above_zero) return {bucket.count * value / bucket.upper, value / 2};
    if (bucket.upper <= 0) return {bucket.count, value};
    return {0, zero_if_infinite(bucket.upper)};
  }
  if (value <= bucket.lower) return {bucket.count, 0};
  if (value >= 0 && bucket.upper > value && !std::isinf(bucket.upper))
    return {bucket.count * (1 - value / bucket.upper), (value + bucket.upper) / 2};
  return {0, zero_if_infinite(bucket.upper)};
}

Rest cut_above_everything(const HistogramBucket& bucket, double value, bool upper) {
  if (!upper && value >= bucket.lower) return {bucket.count, value};
  return {0, zero_if_infinite(bucket.lower)};
}

Rest cut(const HistogramBucket& bucket, double value, bool upper, bool positive, bool linear) {
  if (std::isinf(bucket.lower) && bucket.lower < 0) return cut_below_everything(bucket, value, upper);
  if (std::isinf(bucket.upper) && bucket.upper > 0) return cut_above_everything(bucket, value, upper);
  double below = bucket.count * bucket.fraction_below(value, linear);
  if (value <= bucket.lower) below = 0;
  if (value >= bucket.upper) below = bucket.count;
  if (upper) return {below, middle_of(bucket.lower, value, positive, linear)};
  return {bucket.count - below, middle_of(value, bucket.upper, positive, linear)};
}

Rest cut_zero_bucket(double lower, double upper, double count, double value, bool keep_lower) {
  const double middle = (lower + upper) / 2;
  if (value <= lower) return keep_lower ? Rest{} : Rest{count, middle};
  if (value >= upper) return keep_lower ? Rest{count, middle} : Rest{};
  if (keep_lower) return {count * ((value - lower) / (upper - lower)), (lower + value) / 2};
  return {count * ((upper - value) / (upper - lower)), (value + upper) / 2};
}

class Trimmer {
 public:
  Trimmer(NativeHistogram& h, double value, bool upper)
      : h_(h), value_(value), upper_(upper), linear_(uses_custom_buckets(h)) {}

  void run() {
    const bool has_positive = side(positive_buckets(h_), h_.positive_buckets, true);
    const bool has_negative = side(negative_buckets(h_), h_.negative_buckets, false);
    if (h_.zero_count > 0) {
      const double lower = has_positive && !has_negative ? 0 : -h_.zero_threshold;
      const double upper = has_negative && !has_positive ? 0 : h_.zero_threshold;
      const Rest rest = cut_zero_bucket(lower, upper, h_.zero_count, value_, upper_);
      changed_ = changed_ || rest.count != h_.zero_count;
      h_.zero_count = rest.count;
      keep(rest);
    }
    // An estimated sum is worse than the true one, so it is only used where something went.
    if (!changed_) return;
    h_.count = count_;
    h_.sum = sum_;
    compact(h_);
  }

 private:
  // True when any bucket is populated.
  bool side(const std::vector<HistogramBucket>& buckets, std::vector<double>& counts, bool positive) {
    bool any = false;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      const HistogramBucket& bucket = buckets[i];
      if (bucket.count == 0) continue;
      any = true;
      Rest rest;
      if (upper_ ? bucket.upper <= value_ : bucket.lower >= value_) {
        rest = {bucket.count, middle_of(bucket.lower, bucket.upper, positive, linear_)};
      } else if (upper_ ? bucket.lower < value_ : bucket.upper > value_) {
        rest = cut(bucket, value_, upper_, positive, linear_);
        changed_ = changed_ || rest.count != counts[i];
      } else {
        changed_ = true;
      }
      counts[i] = rest.count;
      keep(rest);
    }
    return any;
  }

  void keep(const Rest& rest) {
    count_ += rest.count;
    sum_ += rest.middle * rest.count;
  }

  NativeHistogram& h_;
  double value_;
  bool upper_;
  bool linear_;
  bool changed_ = false;
  double count_ = 0;
  double sum_ = 0;
};

}  // namespace

void trim(NativeHistogram& h, double value, bool upper) { Trimmer(h, value, upper).run(); }

}  // namespace aloft::telemetry::promql
