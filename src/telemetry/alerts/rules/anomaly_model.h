// What is normal for a series, learned as its values come, and how far a value is from it. A score above 1 is
// an anomaly.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "telemetry/alerts/rules/rule_file.h"

namespace aloft::telemetry::alerts {

struct Judgement {
  double score = 0;
  double expected = 0;  // yhat
  double lower = 0;
  double upper = 0;
  bool known = false;  // false during warm-up: there are no bounds yet
};

// The model of one series; a value type.
class AnomalyModel {
 public:
  AnomalyModel(const AnomalySettings& settings, Duration interval);
  // Judges the value by what came before it, then learns from it. An anomalous value is learned only as far
  // as the bound that it broke, so that an outage does not become normal while a lasting change slowly does.
  // Values that are not finite are neither.
  Judgement observe(double value, WallTime at);
  // Numbers that stand for the state, and back; false when they are of another model.
  std::vector<double> save() const;
  bool load(std::span<const double> numbers);

 private:
  struct Bucket {
    double mean = 0;
    double deviation = 0;  // mean absolute
    double count = 0;
  };
  struct Estimate {
    double expected = 0;
    double scale = 0;  // as a standard deviation
    bool known = false;
  };
  Estimate estimate(WallTime at) const;
  Estimate median_estimate() const;
  Estimate seasonal_estimate(WallTime at) const;
  void learn(double value, WallTime at);
  std::size_t bucket_of(WallTime at) const;

  AnomalySettings settings_;
  std::size_t span_;           // values that count
  double count_ = 0;           // values seen
  std::deque<double> values_;  // mad
  double mean_ = 0;            // zscore
  double variance_ = 0;
  std::vector<Bucket> buckets_;  // seasonal
};

// How many standard deviations are normal at a sensitivity: 10 at 0, 3.9 at 0.5, 1.5 at 1.
double tolerated_deviations(double sensitivity);

}  // namespace aloft::telemetry::alerts
