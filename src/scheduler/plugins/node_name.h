// A pod that names its node fits no other.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class NodeName final : public Filter {
 public:
  std::string_view name() const override { return "NodeName"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override { return {EventKind::node_added}; }
};

}  // namespace aloft::scheduler
