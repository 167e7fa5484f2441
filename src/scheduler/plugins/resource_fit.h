// Resources: a pod fits where what it requests is free; and of the nodes where it fits, which to fill first.
#pragma once

#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

enum class FitStrategy {
  best_fit,         // the node that has least left afterwards: few nodes, filled up
  least_allocated,  // the node that has most left afterwards: load spread evenly
};

class ResourceFit final : public Filter, public Score {
 public:
  explicit ResourceFit(FitStrategy strategy) : strategy_(strategy) {}
  std::string_view name() const override { return "NodeResourcesFit"; }
  Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const override;
  Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;
  Events wakes_on() const override;
  Preparation prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                            std::span<const NodeInfo* const> fitting) const override;
  // The share of the node in use once the pod is there, or the share left, in percent: the mean over CPU,
  // memory and the extended resources that the pod requests. Finer than whole percents, so that the tightest
  // node wins.
  double score(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const override;

 private:
  FitStrategy strategy_;
};

}  // namespace aloft::scheduler
