// Pods of one kind spread evenly over the parts of a cluster that a node label marks off.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class TopologySpread final : public Filter, public Score {
 public:
  std::string_view name() const override { return "PodTopologySpread"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override;
  Preparation prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                            std::span<const NodeInfo* const> fitting) const override;
  // How many such pods the node's parts hold, weighed by how many parts there are; the fewer, the better.
  double score(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  void normalise(std::span<double> scores) const override;
};

}  // namespace aloft::scheduler
