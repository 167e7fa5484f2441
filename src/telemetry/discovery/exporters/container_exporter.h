// What containers use, under cAdvisor's names (container_*), read from the cgroups of this machine: version
// 1, version 2 and mixtures of both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "telemetry/discovery/exporters/families.h"

namespace aloft::telemetry::discovery {

// Who a cgroup belongs to. A sandbox has no container name; its processes show the pod's network.
struct ContainerIdentity {
  std::string id;
  std::string container;
  std::string pod;
  std::string ns;
  std::string pod_uid;
  std::string image;
  WallTime started;
};

// What one container uses at one instant: what `kubectl top` and autoscaling ask for.
struct ContainerUse {
  ContainerIdentity who;
  double cpu_seconds = 0;  // since its start
  double memory_working_set_bytes = 0;
};

// A value. Calls read some dozen small files for each container and belong on a pool thread.
class ContainerExporter {
 public:
  // `root` is where proc/ and sys/ are; `cgroup` the parent of all pods below the hierarchies ("/aloft-x").
  ContainerExporter(std::string root, std::string cgroup)
      : root_(std::move(root)), cgroup_(std::move(cgroup)) {}
  // container_* and machine_*. Containers whose cgroup has gone are left out.
  Families collect(const std::vector<ContainerIdentity>& containers, WallTime now) const;
  // The few numbers of /metrics/resource.
  std::vector<ContainerUse> use(const std::vector<ContainerIdentity>& containers) const;

 private:
  std::string root_;
  std::string cgroup_;
};

}  // namespace aloft::telemetry::discovery
