// What has become of a pod, as the node reports it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/container_status.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct PodCondition {
  std::string type;
  std::string status;
  model::Timestamp lastProbeTime;
  model::Timestamp lastTransitionTime;
  std::string reason;
  std::string message;
  bool operator==(const PodCondition&) const = default;
};

struct PodIP {
  std::string ip;
  bool operator==(const PodIP&) const = default;
};

struct HostIP {
  std::string ip;
  bool operator==(const HostIP&) const = default;
};

struct PodResourceClaimStatus {
  std::string name;
  std::optional<std::string> resourceClaimName;
  bool operator==(const PodResourceClaimStatus&) const = default;
};

struct PodStatus {
  std::string phase;
  std::vector<PodCondition> conditions;
  std::string message;
  std::string reason;
  std::string nominatedNodeName;
  std::string hostIP;
  std::vector<HostIP> hostIPs;
  std::string podIP;
  std::vector<PodIP> podIPs;
  std::optional<model::Timestamp> startTime;
  std::vector<ContainerStatus> initContainerStatuses;
  std::vector<ContainerStatus> containerStatuses;
  std::string qosClass;
  std::vector<ContainerStatus> ephemeralContainerStatuses;
  std::string resize;
  std::vector<PodResourceClaimStatus> resourceClaimStatuses;
  bool operator==(const PodStatus&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::PodCondition)
DECLARE_TYPE(core::v1::PodIP)
DECLARE_TYPE(core::v1::HostIP)
DECLARE_TYPE(core::v1::PodResourceClaimStatus)
DECLARE_TYPE(core::v1::PodStatus)
