// What users see of a pod (kubectl get, describe): its phase, conditions and the state of each container,
// computed from what the runtime has and what the worker remembers. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/pod.h"
#include "node/pod_plan.h"

namespace aloft::node {

struct StatusInput {
  PodView view;
  std::vector<std::string> host_ips;
  WallTime first_seen;
  // What a container that ended has left in its termination message file, or at the end of its log.
  std::function<std::string(const Container& ended)> termination_message;
};

// Keeps what others own in the status that the pod carries: conditions, the quality-of-service class,
// nominations.
core::v1::PodStatus make_pod_status(const StatusInput& input);

// The container of a runtime as its status names it: "containerd://...".
std::string container_uri(const Container& container);

}  // namespace aloft::node
