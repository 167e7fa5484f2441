// The difference of two sorted sets of series.
#include "telemetry/discovery/exporters/stale_tracker.h"

#include <algorithm>
#include <iterator>

namespace aloft::telemetry::discovery {

void StaleTracker::mark(MetricBatch& batch, Millis now) {
  std::vector<std::string> current;
  current.reserve(batch.samples.size());
  for (const SampleRef& sample : batch.samples) current.emplace_back(sample.labels);
  std::sort(current.begin(), current.end());
  std::vector<std::string> gone;
  std::set_difference(previous_.begin(), previous_.end(), current.begin(), current.end(),
                      std::back_inserter(gone));
  for (std::string& labels : gone) batch.samples.push_back({batch.own(std::move(labels)), now, stale_nan()});
  previous_ = std::move(current);
}

}  // namespace aloft::telemetry::discovery
