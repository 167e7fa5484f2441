// custom.metrics.k8s.io: what objects measure of themselves, as autoscalers ask for it. The numbers come from
// whoever keeps metrics.
#pragma once

#include <string>
#include <vector>

#include "api/exchange.h"
#include "api/registry.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "model/selectors.h"

namespace aloft::api {

struct CustomMetricQuery {
  std::string metric;
  std::string ns;            // empty for objects of the whole cluster
  std::string object_label;  // under which series name the object: "pod", "service", "node"
  std::vector<std::string> names;
  model::LabelSelector selector;  // of the series
};
struct CustomMetricValue {
  std::string name;
  double value = 0;
  WallTime time;
};

// Calls from any loop; `here` is the caller's.
class CustomMetrics {
 public:
  virtual ~CustomMetrics() = default;
  // The objects that have the metric. Error: unavailable while nobody measures.
  virtual io::Task<Result<std::vector<CustomMetricValue>>> values(io::Loop& here,
                                                                  CustomMetricQuery query) = 0;
};

inline constexpr std::string_view custom_metrics_group = "custom.metrics.k8s.io";

// Answers .../namespaces/NS/RESOURCE/NAME/METRIC, or without a namespace, with a MetricValueList; `*` as the
// name and labelSelector choose objects, metricLabelSelector series. `here` is the exchange's loop.
io::Task<> answer_custom_metrics(Exchange& exchange, const Registry& registry, io::Loop& here,
                                 CustomMetrics& metrics);

}  // namespace aloft::api
