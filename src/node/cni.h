// The configuration of the pod network that the runtime hands to the CNI plugins.
#pragma once

#include <string>

#include "base/result.h"
#include "node/containerd.h"

namespace aloft::node {

struct PodNetwork {
  std::string cidr = "10.244.0.0/24";  // of the pods of this node
  int mtu = 0;                         // 0: the kernel's default
};

// Bridge, host-local addresses and host ports. Traffic to elsewhere is not rewritten here: the network module
// owns the rules of the machine.
std::string cni_configuration(const NodePaths& paths, const PodNetwork& network);
// Writes it where containerd reads it (which happens at once). Blocks.
Result<> write_cni_configuration(const NodePaths& paths, const PodNetwork& network);

}  // namespace aloft::node
