// Cheap filters come first; what a pod demands outweighs how full a node is.
#include "scheduler/plugins/all.h"

#include "scheduler/plugins/node_affinity.h"
#include "scheduler/plugins/node_name.h"
#include "scheduler/plugins/node_ports.h"
#include "scheduler/plugins/node_unschedulable.h"
#include "scheduler/plugins/pod_affinity.h"
#include "scheduler/plugins/taints.h"
#include "scheduler/plugins/topology_spread.h"

namespace aloft::scheduler {

Profile default_profile(FitStrategy strategy) {
  const auto taints = std::make_shared<Taints>();
  const auto node_affinity = std::make_shared<NodeAffinity>();
  const auto fit = std::make_shared<ResourceFit>(strategy);
  const auto spread = std::make_shared<TopologySpread>();
  const auto pod_affinity = std::make_shared<PodAffinity>();
  Profile profile;
  profile.filters = {std::make_shared<NodeUnschedulable>(),
                     std::make_shared<NodeName>(),
                     taints,
                     node_affinity,
                     std::make_shared<NodePorts>(),
                     fit,
                     spread,
                     pod_affinity};
  profile.scores = {{taints, 3}, {node_affinity, 2}, {spread, 2}, {pod_affinity, 2}, {fit, 1}};
  return profile;
}

}  // namespace aloft::scheduler
