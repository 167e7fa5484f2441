// Ends series that an exporter shows no longer, so that a deleted pod vanishes from queries at once instead
// of after the look-back.
#pragma once

#include <string>
#include <vector>

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::discovery {

// Remembers the series of one target's previous batch.
class StaleTracker {
 public:
  // Adds a stale marker at `now` for each series of the previous batch that this one lacks.
  void mark(MetricBatch& batch, Millis now);

 private:
  std::vector<std::string> previous_;  // sorted
};

}  // namespace aloft::telemetry::discovery
