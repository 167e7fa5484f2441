// OpenTelemetry's metrics as series, the way Prometheus' OTLP receiver names and shapes them, so that
// dashboards made for it fit. Source: Prometheus' OTLP guide; OpenTelemetry specification, "Prometheus and
// OpenMetrics compatibility".
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/otlp/codec/messages.h"
#include "telemetry/otlp/translate/delta_state.h"
#include "telemetry/otlp/translate/naming.h"

namespace aloft::telemetry::otlp {

// The `otlp` section of Prometheus' configuration.
struct MetricSettings {
  NameStrategy strategy = NameStrategy::underscores_with_suffixes;
  std::vector<std::string> promoted;  // resource attributes that become labels of every series
  bool promote_all = false;           // all of them but `ignored`
  std::vector<std::string> ignored;
  bool keep_identifying_attributes = false;  // service.name ... also on target_info
  bool native_histograms = false;            // explicit bounds as native histograms with custom bounds
  bool scope_labels = false;                 // otel_scope_name, otel_scope_version, ...
  bool zero_at_start = false;                // start times of counts become zeros (see StartRef)
  Duration target_info_interval = 150s;      // half of PromQL's look-back
  DeltaLimits delta;
};

// What could not be translated.
struct Refusals {
  std::uint64_t count = 0;
  std::string first;
  void add(std::uint64_t items, std::string why) {
    if (count == 0) first = std::move(why);
    count += items;
  }
};

// Any thread; batches that hold delta points meet in a bounded state.
class MetricTranslator {
 public:
  explicit MetricTranslator(MetricSettings settings)
      : settings_(std::move(settings)), delta_(settings_.delta) {}
  // Resource service.namespace and service.name become `job`, service.instance.id becomes `instance`; other
  // attributes of a resource are labels of its target_info. Points without a time get `now`.
  MetricBatch translate(MetricsData metrics, WallTime now, Refusals& refusals);
  const MetricSettings& settings() const { return settings_; }

 private:
  MetricSettings settings_;
  DeltaState delta_;
};

}  // namespace aloft::telemetry::otlp
