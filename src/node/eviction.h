// Who has to go when the machine runs out of memory: pods that asked for nothing first, then those that use
// more than they asked for, the largest first. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/node_object.h"
#include "node/pod_services.h"

namespace aloft::node {

// Less than 100 MiB are available.
bool is_low_on_memory(const MachineFacts& machine);

// The uid of the pod to end; nullopt when none may be: pods of system priority and those that ended are left
// alone.
std::optional<std::string> choose_victim(const std::vector<PodPointer>& pods,
                                         const std::vector<ContainerUsage>& usage);

// The failure that the pod then shows.
PodFailure memory_eviction(const MachineFacts& machine);

}  // namespace aloft::node
