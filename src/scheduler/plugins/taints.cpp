// The first taint that is not tolerated is the one that is told.
#include "scheduler/plugins/taints.h"

namespace aloft::scheduler {

Preparation Taints::prepare_filter(const PodInfo&, const Snapshot& snapshot) const {
  return snapshot.keeping_nodes() == 0 ? Preparation::skip() : Preparation::go_on();
}

Verdict Taints::filter(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  for (const KeepingTaint& keeping : node.keeping_taints()) {
    if (!is_tolerated(pod.pod->spec.tolerations, keeping.taint)) return Verdict::never(keeping.reason);
  }
  return Verdict::fits();
}

Preparation Taints::prepare_score(const PodInfo&, const Snapshot& snapshot,
                                  std::span<const NodeInfo* const>) const {
  return snapshot.avoided_nodes() == 0 ? Preparation::skip() : Preparation::go_on();
}

double Taints::score(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  return static_cast<double>(std::ranges::count_if(node.avoided_taints(), [&pod](const auto& taint) {
    return !is_tolerated(pod.pod->spec.tolerations, taint);
  }));
}

}  // namespace aloft::scheduler
