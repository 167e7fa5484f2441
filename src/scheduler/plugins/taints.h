// Taints keep pods away that do not tolerate them; those of effect PreferNoSchedule only if there is a better
// node.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

class Taints final : public Filter, public Score {
 public:
  std::string_view name() const override { return "TaintToleration"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override { return {EventKind::node_added, EventKind::node_taints}; }
  Preparation prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                            std::span<const NodeInfo* const> fitting) const override;
  // How many PreferNoSchedule taints the pod does not tolerate; the fewer, the better.
  double score(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  void normalise(std::span<double> scores) const override { normalise_by_largest(scores, true); }
};

}  // namespace aloft::scheduler
