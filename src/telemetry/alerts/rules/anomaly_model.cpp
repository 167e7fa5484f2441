// Three ways to know what is normal: the median and the median deviation from it, an exponentially weighted
// mean and variance, and means by the time within a period.
#include "telemetry/alerts/rules/anomaly_model.h"

#include <algorithm>
#include <cmath>

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t most_values = 512;
constexpr std::size_t most_buckets = 288;
// Of a normal distribution: the standard deviation over the median and the mean absolute deviation.
constexpr double sigma_of_median_deviation = 1.4826;
constexpr double sigma_of_mean_deviation = 1.2533;
// A bucket is known after so many values.
constexpr double bucket_warmup = 2;

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double upper = *middle;
  return (upper + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

double tolerated_deviations(double sensitivity) { return 10 * std::pow(0.15, sensitivity); }

AnomalyModel::AnomalyModel(const AnomalySettings& settings, Duration interval) : settings_(settings) {
  const Duration step = std::max<Duration>(interval, 1ms);
  span_ = static_cast<std::size_t>(std::max<std::int64_t>(settings.window / step, 10));
  if (settings.method == AnomalyMethod::mad) span_ = std::min(span_, most_values);
  if (settings.method == AnomalyMethod::seasonal) {
    const auto slots = static_cast<std::size_t>(std::max<std::int64_t>(settings.period / step, 2));
    buckets_.resize(std::min(slots, most_buckets));
  }
}

std::size_t AnomalyModel::bucket_of(WallTime at) const {
  const std::int64_t period = settings_.period.count();
  const std::int64_t phase = ((at.since_epoch.count() % period) + period) % period;
  const auto share = static_cast<double>(phase) / static_cast<double>(period);
  return std::min(buckets_.size() - 1,
                  static_cast<std::size_t>(share * static_cast<double>(buckets_.size())));
}

AnomalyModel::Estimate AnomalyModel::median_estimate() const {
  std::vector<double> values(values_.begin(), values_.end());
  const double median = median_of(values);
  for (double& value : values) value = std::abs(value - median);
  return {median, sigma_of_median_deviation * median_of(values), true};
}

// A bucket judges together with its neighbours, since nothing happens at exactly the same time each day.
AnomalyModel::Estimate AnomalyModel::seasonal_estimate(WallTime at) const {
  const std::size_t here = bucket_of(at);
  const std::size_t size = buckets_.size();
  const Bucket& own = buckets_[here];
  if (own.count < bucket_warmup) return {};
  double deviation = own.deviation;
  for (const std::size_t near : {(here + size - 1) % size, (here + 1) % size}) {
    const Bucket& bucket = buckets_[near];
    if (bucket.count >= bucket_warmup) deviation = std::max(deviation, bucket.deviation);
  }
  return {own.mean, sigma_of_mean_deviation * deviation, true};
}

AnomalyModel::Estimate AnomalyModel::estimate(WallTime at) const {
  if (count_ < static_cast<double>(settings_.warmup)) return {};
  switch (settings_.method) {
    case AnomalyMethod::mad:
      return median_estimate();
    case AnomalyMethod::zscore:
      return {mean_, std::sqrt(variance_), true};
    case AnomalyMethod::seasonal:
      return seasonal_estimate(at);
  }
  return {};
}

Judgement AnomalyModel::observe(double value, WallTime at) {
  Judgement out;
  if (!std::isfinite(value)) return out;
  const Estimate normal = estimate(at);
  if (!normal.known) {
    learn(value, at);
    return out;
  }
  const double size = std::abs(normal.expected);
  // A constant series still has bounds: a millionth of its value.
  const double bound =
      std::max({tolerated_deviations(settings_.sensitivity) * normal.scale, settings_.min_deviation,
                settings_.min_deviation_relative * size, size * 1e-6, 1e-9});
  out.known = true;
  out.expected = normal.expected;
  out.lower = normal.expected - bound;
  out.upper = normal.expected + bound;
  const bool other_side = (settings_.direction == AnomalyDirection::above && value < normal.expected) ||
                          (settings_.direction == AnomalyDirection::below && value > normal.expected);
  out.score = other_side ? 0 : std::abs(value - normal.expected) / bound;
  learn(std::clamp(value, out.lower, out.upper), at);
  return out;
}

void AnomalyModel::learn(double value, WallTime at) {
  count_ += 1;
  switch (settings_.method) {
    case AnomalyMethod::mad:
      values_.push_back(value);
      while (values_.size() > span_) values_.pop_front();
      return;
    case AnomalyMethod::zscore: {
      const double weight = std::max(1 / count_, 2 / (static_cast<double>(span_) + 1));
      const double difference = value - mean_;
      mean_ += weight * difference;
      variance_ = (1 - weight) * (variance_ + weight * difference * difference);
      return;
    }
    case AnomalyMethod::seasonal: {
      Bucket& bucket = buckets_[bucket_of(at)];
      bucket.count += 1;
      const double weight = std::max(1 / bucket.count, 0.1);
      const double difference = value - bucket.mean;
      bucket.mean += weight * difference;
      // The first value of a bucket is no deviation from anything.
      if (bucket.count > 1)
        bucket.deviation += std::max(1 / (bucket.count - 1), 0.1) * (std::abs(difference) - bucket.deviation);
      return;
    }
  }
}

std::vector<double> AnomalyModel::save() const {
  std::vector<double> out = {static_cast<double>(settings_.method), count_, mean_, variance_,
                             static_cast<double>(values_.size())};
  out.insert(out.end(), values_.begin(), values_.end());
  out.push_back(static_cast<double>(buckets_.size()));
  for (const Bucket& bucket : buckets_) out.insert(out.end(), {bucket.mean, bucket.deviation, bucket.count});
  return out;
}

bool AnomalyModel::load(std::span<const double> numbers) {
  if (numbers.size() < 6 || numbers[0] != static_cast<double>(settings_.method)) return false;
  const auto good_count = [](double value, std::size_t most) {
    return value >= 0 && value <= static_cast<double>(most);
  };
  if (!good_count(numbers[4], most_values)) return false;
  const auto values = static_cast<std::size_t>(numbers[4]);
  if (numbers.size() < 6 + values) return false;
  const double bucket_count = numbers[5 + values];
  if (bucket_count != static_cast<double>(buckets_.size()) ||
      numbers.size() != 6 + values + 3 * buckets_.size())
    return false;
  for (const double number : numbers) {
    if (!std::isfinite(number)) return false;
  }
  count_ = numbers[1];
  mean_ = numbers[2];
  variance_ = std::max(numbers[3], 0.0);
  values_.assign(numbers.begin() + 5, numbers.begin() + 5 + static_cast<std::ptrdiff_t>(values));
  const auto rest = numbers.subspan(6 + values);
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    buckets_[i] = {rest[i * 3], rest[i * 3 + 1], rest[i * 3 + 2]};
  if (settings_.method == AnomalyMethod::mad && values_.empty()) count_ = 0;
  return true;
}

}  // namespace aloft::telemetry::alerts
