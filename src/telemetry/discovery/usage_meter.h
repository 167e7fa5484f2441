// How much of the processor containers and the machine use, from two looks at counters that only grow: what
// `kubectl top` shows.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/kinds/metrics/v1beta1/usage.h"
#include "telemetry/discovery/exporters/container_exporter.h"

namespace aloft::telemetry::discovery {

// What a machine as a whole used up to an instant.
struct MachineUse {
  double cpu_seconds = 0;  // of all processors, busy
  double memory_bytes = 0;
};
// Out of proc/stat and proc/meminfo below `root`.
MachineUse read_machine_use(const std::string& root);

// The usage of one window.
struct Usage {
  std::vector<std::shared_ptr<const ::aloft::metrics::v1beta1::NodeMetrics>> nodes;
  std::vector<std::shared_ptr<const ::aloft::metrics::v1beta1::PodMetrics>> pods;
};

// A value that remembers the previous look. A container that was not there then is averaged over its life.
class UsageMeter {
 public:
  using PodLabels = std::map<std::string, std::map<std::string, std::string>>;  // by "namespace/name"
  Usage measure(const std::string& node, const MachineUse& machine,
                const std::vector<ContainerUse>& containers, const PodLabels& labels, WallTime now);

 private:
  WallTime last_{};
  double machine_cpu_seconds_ = 0;
  std::map<std::string, double> cpu_seconds_;  // by container id
};

}  // namespace aloft::telemetry::discovery
