// Whether this machine takes a pod that was bound to it. The scheduler has asked the same before, but a pod
// may name its node itself, and what nobody has allowed would only fail later, in the runtime's words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "node/pod_plan.h"
#include "node/pod_services.h"
#include "scheduler/framework/pod_info.h"

namespace aloft::node {

// What a pod takes of its machine, counted as the scheduler counts it.
struct Demand {
  scheduler::Resources requests;
  std::vector<scheduler::HostPort> ports;
};
Demand demand_of(const PodPointer& pod);

// The reason and message of a refused pod: kernel settings that are not safe for its neighbours, protection
// that is not there, or more of the machine than what `others` leave. nullopt: it may run.
std::optional<PodFailure> refuse_pod(const core::v1::Pod& pod, const Demand& wanted,
                                     const core::v1::ResourceList& allocatable,
                                     const std::vector<const Demand*>& others);

// True for a pod that sets conditions on its node, so that the node has to be looked up for refuse_node().
bool asks_for_node(const core::v1::Pod& pod);
// The same for the labels of the node that the pod demands.
std::optional<PodFailure> refuse_node(const PodPointer& pod, const core::v1::Node& node);

}  // namespace aloft::node
