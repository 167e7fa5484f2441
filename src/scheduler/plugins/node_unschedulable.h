// Nodes that were cordoned (spec.unschedulable) take no new pods, except those that tolerate just that.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class NodeUnschedulable final : public Filter {
 public:
  std::string_view name() const override { return "NodeUnschedulable"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override { return {EventKind::node_added, EventKind::node_taints}; }
};

}  // namespace aloft::scheduler
