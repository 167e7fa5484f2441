// Samples seen while they are written: what lets a threshold alert leave within milliseconds of the sample
// that crossed it. Series nobody observes cost nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::metrics {

// Gets the samples of the series it observes.
class IngestObserver {
 public:
  virtual ~IngestObserver() = default;
  // After the sample is durable, on the thread that writes it; several threads at once. Short, and never back
  // into the store: hand the work on. `labels` are valid during the call; `series` names the series as long
  // as it has recent samples. Stale markers are handed over too; native histograms are not.
  virtual void on_sample(LabelsView labels, std::uint64_t series, Millis time, double value) = 0;
  // After the last of the samples that one batch had for this observer, on the same thread.
  virtual void on_batch_end() {}
};

// An observation in force. Destroying it ends it; when the destructor has returned the observer is called no
// more.
class Observation {
 public:
  virtual ~Observation() = default;
};

// Where observers are registered.
class Observable {
 public:
  virtual ~Observable() = default;
  // Series that match all of `matchers`, those there are and those to come. The observer outlives the
  // observation. Any thread.
  virtual std::unique_ptr<Observation> observe(std::vector<Matcher> matchers, IngestObserver& observer) = 0;
};

}  // namespace aloft::telemetry::metrics
