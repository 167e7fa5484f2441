// Pods that must or would rather run near other pods, or away from them: on the same node, in the same zone,
// or in whatever part of the cluster a node label marks off. Anti-affinity counts both ways: a pod that is
// there already keeps away those it declared it would not have beside it.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class PodAffinity final : public Filter, public Score {
 public:
  std::string_view name() const override { return "InterPodAffinity"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override;
  Preparation prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                            std::span<const NodeInfo* const> fitting) const override;
  // The weights of preferred terms, of the pod and of the pods that are there, that hold on the node.
  double score(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  // The lowest gets 0, the highest 100.
  void normalise(std::span<double> scores) const override;
};

}  // namespace aloft::scheduler
