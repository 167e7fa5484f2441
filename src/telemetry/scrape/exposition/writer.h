// Writing the text formats: what /federate answers, and what any of our own pages may use.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::scrape {

enum class TextStyle { prometheus, openmetrics };

// Appends to `out`. The caller keeps the samples of a family together, and gives names as the format wants
// them (OpenMetrics: counters end in _total). Names that are no identifiers are quoted.
class TextWriter {
 public:
  TextWriter(std::string& out, TextStyle style) : out_(out), style_(style) {}
  void family(const MetricMetadata& metadata);
  struct Exemplar {
    LabelsView labels;
    double value = 0;
    std::optional<Millis> time;
  };
  // Labels with the metric name among them; those in `behind` follow in their order, without a value too.
  void sample(LabelsView labels, double value, std::optional<Millis> time, const Exemplar* exemplar = nullptr,
              std::span<const Label> behind = {});
  // The end of an OpenMetrics page.
  void end();

 private:
  void labels(LabelsView labels, std::span<const Label> behind);
  void time(Millis time);

  std::string& out_;
  TextStyle style_;
};

}  // namespace aloft::telemetry::scrape
