// The PodMaterial of this machine: asks the API for what pods refer to, and puts folders, volumes and files
// in place.
#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "client/client.h"
#include "io/loop.h"
#include "io/pool.h"
#include "node/container_config.h"
#include "node/containerd.h"
#include "node/pod_services.h"

namespace aloft::node {

struct MaterialSettings {
  NodePaths paths;
  ClusterFacts cluster;
  PodFacts node;  // host addresses and allocatable amounts; pod_ips are filled in for each pod
};

// Lives on one loop, the client's.
std::unique_ptr<PodMaterial> make_pod_material(io::Loop& loop, const Clock& clock, io::Pool& pool,
                                               client::Client& client, MaterialSettings settings);

}  // namespace aloft::node
