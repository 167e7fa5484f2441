// A real store in a folder of its own with a clock that a test sets, and batches that are easy to write.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "telemetry/metrics/storage.h"

namespace aloft::telemetry::metrics {

class ManualClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime{std::chrono::milliseconds(now_ms)}; }
  Millis now_ms = 1'700'000'000'000;
};

// A folder that goes away with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Builds a batch.
class BatchBuilder {
 public:
  BatchBuilder& add(LabelsView labels, Millis time, double value);
  BatchBuilder& add(LabelsView labels, Millis time, HistogramPtr histogram);
  MetricBatch& batch() { return batch_; }

 private:
  MetricBatch batch_;
};

class StoreFixture {
 public:
  StoreFixture();
  // Ends the store (when there is one) and opens it again.
  Store& reopen();
  Store& store() { return *store_; }
  StoreSettings& settings() { return settings_; }
  ManualClock& clock() { return clock_; }
  const std::string& folder() const { return settings_.folder; }

 private:
  TemporaryFolder temporary_;
  ManualClock clock_;
  aloft::Metrics metrics_;
  StoreSettings settings_;
  std::unique_ptr<Store> store_;
};

// Everything a queryable gives, as text to compare: a line a series with its samples.
std::string dump(const Queryable& from, Millis begin = INT64_MIN / 16, Millis end = INT64_MAX / 16,
                 const std::vector<Matcher>& matchers = {});

}  // namespace aloft::telemetry::metrics
