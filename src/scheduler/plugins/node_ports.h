// Ports of the node itself: each can be taken by one pod.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class NodePorts final : public Filter {
 public:
  std::string_view name() const override { return "NodePorts"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override { return {EventKind::node_added, EventKind::pod_removed}; }
};

}  // namespace aloft::scheduler
