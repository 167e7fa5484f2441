// What pods may write to the disk of their machine: limits of containers, of the pod as a whole, and of its
// emptyDir volumes. Nothing stops a writer at once; a pod that is found beyond a limit is evicted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/pod.h"
#include "node/pod_plan.h"

namespace aloft::node {

// True when there is anything to measure for.
bool limits_storage(const core::v1::Pod& pod);
// emptyDir volumes that stand on the disk, whether they have a limit or not.
std::vector<std::string> disk_volumes_of(const core::v1::Pod& pod);

// Bytes by name.
struct StorageUse {
  std::map<std::string, std::int64_t> volumes;
  std::map<std::string, std::int64_t> containers;  // what they wrote beside volumes, and their logs
};
// Why the pod is evicted; nullopt while it keeps to its limits.
std::optional<PodFailure> storage_failure(const core::v1::Pod& pod, const StorageUse& use);

// What a folder and everything below it take of the disk. Blocks; what goes away meanwhile counts nothing.
std::int64_t bytes_below(const std::string& folder);

}  // namespace aloft::node
