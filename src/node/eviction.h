// Who has to go when the machine runs out of memory or disk: pods that use more than they asked for first,
// the lowest priority and the largest of them before the others. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/node_object.h"
#include "node/pod_services.h"

namespace aloft::node {

// Less than 100 MiB are available.
bool is_low_on_memory(const MachineFacts& machine);

// Less than a tenth of the disk is available.
bool is_low_on_disk(const MachineFacts& machine);

enum class Scarce { memory, disk };

// The uid of the pod to end; nullopt when none may be: pods of system priority and those that ended are left
// alone.
std::optional<std::string> choose_victim(const std::vector<PodPointer>& pods,
                                         const std::vector<ContainerUsage>& usage, Scarce scarce);

// The failure that the pod then shows.
PodFailure eviction_failure(const MachineFacts& machine, Scarce scarce);

}  // namespace aloft::node
