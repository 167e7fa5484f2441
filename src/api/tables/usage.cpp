// What kubectl prints of metrics.k8s.io.
#include "model/kinds/metrics/v1beta1/usage.h"

#include "api/tables/cells.h"
#include "base/time.h"

namespace aloft::api {
namespace {

using metrics::v1beta1::NodeMetrics;
using metrics::v1beta1::PodMetrics;

std::string amount(const core::v1::ResourceList& usage, const std::string& name) {
  const auto found = usage.find(name);
  return found == usage.end() ? std::string("0") : found->second.to_string();
}

core::v1::ResourceList total(const PodMetrics& pod) {
  core::v1::ResourceList sum;
  for (const auto& container : pod.containers) {
    for (const auto& [name, used] : container.usage) sum[name] += used;
  }
  return sum;
}

model::Array node_cells(const NodeMetrics& node, WallTime) {
  return {node.metadata.name, amount(node.usage, "cpu"), amount(node.usage, "memory"),
          format_duration(node.window.value)};
}

model::Array pod_cells(const PodMetrics& pod, WallTime) {
  const core::v1::ResourceList sum = total(pod);
  return {pod.metadata.name, amount(sum, "cpu"), amount(sum, "memory"), format_duration(pod.window.value)};
}

std::vector<Column> usage_columns() {
  return {name_column(),
          {"cpu", "string", "", "Cores in use, averaged over the window."},
          {"memory", "string", "", "Bytes of the working set."},
          {"Window", "string", "", "The length of the window."}};
}

}  // namespace

TableForm node_metrics_table() { return table_form<NodeMetrics, &node_cells>(usage_columns()); }
TableForm pod_metrics_table() { return table_form<PodMetrics, &pod_cells>(usage_columns()); }

}  // namespace aloft::api
