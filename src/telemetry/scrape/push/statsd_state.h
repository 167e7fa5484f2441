// What StatsD's events add up to between two flushes: counters that only grow, gauges, the quantiles of
// timers, the sizes of sets.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/time.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/scrape/push/statsd_lines.h"

namespace aloft::telemetry::scrape {

struct StatsdLimits {
  std::size_t series = 100'000;
  std::size_t values = 4096;     // kept of a timer between two flushes; of more, every second, fourth, ...
  std::size_t members = 10'000;  // of a set
  Duration forget_after = 5min;  // without an event
};

// Lives on one loop.
class StatsdState {
 public:
  explicit StatsdState(StatsdLimits limits = {}) : limits_(limits) {}
  // False when there are too many series, or when the name stands for something of another kind.
  bool add(const StatsdEvent& event, WallTime now);
  // The samples of all series as of now: a counter or a gauge under its name, a timer as a summary with the
  // quantiles 0.5, 0.9 and 0.99 since the last flush and _sum and _count since the beginning, a set as the
  // number of its members since the last flush. What had no event for long ends with a stale marker.
  MetricBatch flush(WallTime now);
  std::size_t size() const { return series_.size(); }

 private:
  struct Distribution {
    double sum = 0, count = 0;
    std::vector<double> values;
    std::size_t stride = 1, skipped = 0;
  };
  struct Series {
    std::variant<double, Distribution, std::set<std::string, std::less<>>> state;
    StatsdEvent::Kind kind = StatsdEvent::Kind::counter;
    WallTime seen;
  };
  void add_value(Distribution& to, double value, double rate) const;
  static void write(MetricBatch& batch, LabelsView labels, const Series& series, Millis time, bool stale);
  StatsdLimits limits_;
  std::unordered_map<std::string, Series> series_;  // by encoded labels
};

}  // namespace aloft::telemetry::scrape
