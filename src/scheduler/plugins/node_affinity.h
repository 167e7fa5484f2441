// Which nodes a pod demands, by nodeSelector and required node affinity, and which it prefers.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class NodeAffinity final : public Filter, public Score {
 public:
  std::string_view name() const override { return "NodeAffinity"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override { return {EventKind::node_added, EventKind::node_labels}; }
  Preparation prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                            std::span<const NodeInfo* const> fitting) const override;
  // The weights of the preferred terms that hold.
  double score(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  void normalise(std::span<double> scores) const override { normalise_by_largest(scores, false); }
};

}  // namespace aloft::scheduler
