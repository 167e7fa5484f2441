// custom.metrics.k8s.io out of our own metrics: series that name the object they are about.
#pragma once

#include "api/custom_metrics.h"
#include "app/telemetry/telemetry_loop.h"
#include "io/guarded.h"

namespace aloft::app {

// Made before telemetry runs; until use() and after use(nullptr) it answers that nobody measures. Any thread.
class TelemetryCustomMetrics final : public api::CustomMetrics {
 public:
  void use(TelemetryLoop* telemetry) {
    telemetry_.with([telemetry](TelemetryLoop*& held) { held = telemetry; });
  }
  io::Task<Result<std::vector<api::CustomMetricValue>>> values(io::Loop& here,
                                                               api::CustomMetricQuery query) override;

 private:
  io::Guarded<TelemetryLoop*> telemetry_{nullptr};
};

// The query that is asked: the sum over each object's series, and for counters (NAME_total) their rate.
// Error: invalid for a selector that has no form in PromQL.
Result<std::string> custom_metric_expression(const api::CustomMetricQuery& query);

}  // namespace aloft::app
