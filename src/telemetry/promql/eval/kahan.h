// Sums whose rounding errors are carried along (Kahan's method in Neumaier's form). Every sum of the engine
// uses it, so that results are the same to the last digit as Prometheus'.
#pragma once

#include <cmath>
#include <limits>

namespace aloft::telemetry::promql {

struct KahanSum {
  double sum = 0;
  double error = 0;

  void add(double value) {
    const double total = sum + value;
    if (total > std::numeric_limits<double>::max() || total < -std::numeric_limits<double>::max())
      error = 0;
    else if (std::abs(sum) >= std::abs(value))
      error += (sum - total) + value;
    else
      error += (value - total) + sum;
    sum = total;
  }
  double value() const { return sum + error; }
};

}  // namespace aloft::telemetry::promql
