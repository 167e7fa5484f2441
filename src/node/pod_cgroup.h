// The cgroup that holds all containers of a pod, in cgroups v1, v2 and mixtures of both.
#pragma once

#include <cstdint>
#include <string>

namespace aloft::node {

// Gives the pod as a whole its share of the processor beside other pods. `cgroup` is a path below the
// hierarchies, as
// "/aloft-x/pod-uid". What the machine does not have is left out.
void make_pod_cgroup(const std::string& cgroup, std::int64_t cpu_shares);
// Removes it from every hierarchy; what still has processes stays.
void remove_pod_cgroup(const std::string& cgroup);

}  // namespace aloft::node
