// The three stores of telemetry, their upkeep, and their orderly end.
#pragma once

#include <functional>
#include <memory>

#include "app/telemetry/settings.h"
#include "base/metrics.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/logs/store/store.h"
#include "telemetry/metrics/storage.h"
#include "telemetry/traces/store/store.h"

namespace aloft::app {

// Lives on one loop; the stores themselves are used from any thread.
class TelemetryStores {
 public:
  TelemetryStores(io::Loop& loop, const Clock& clock, Metrics& metrics)
      : loop_(loop), clock_(clock), own_(metrics), upkeep_(loop) {}
  // Opens all three at once, on pool threads. Error: which one, and why.
  io::Task<Result<>> open(const TelemetrySettings& settings);
  // Begins the upkeep that each store wants about every second.
  void start();
  // Ends the upkeep and moves to disk in final form what stands in memory and in logs.
  io::Task<> stop();

  telemetry::metrics::Store& metrics() { return *metrics_; }
  telemetry::logs::LogStore& logs() { return *logs_; }
  telemetry::traces::TraceStore& traces() { return *traces_; }
  // Empty while every store takes data, else what the disk said; for alerts and health.
  std::string trouble() const { return trouble_; }

 private:
  io::Task<> keep_metrics();
  io::Task<> keep_logs();
  io::Task<> flush(const char* name, std::function<Result<>()> flush);

  io::Loop& loop_;
  const Clock& clock_;
  Metrics& own_;
  std::unique_ptr<telemetry::metrics::Store> metrics_;
  std::unique_ptr<telemetry::logs::LogStore> logs_;
  std::unique_ptr<telemetry::traces::TraceStore> traces_;
  std::string trouble_;
  // One thread for each store, so that none waits for another's merge. It ends before the stores: upkeep that
  // was given up still runs to its end.
  io::Pool pool_{3};
  io::Scope upkeep_;
};

}  // namespace aloft::app
