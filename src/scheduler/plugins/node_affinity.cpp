// The conditions themselves are in framework/selectors.
#include "scheduler/plugins/node_affinity.h"

namespace aloft::scheduler {

Preparation NodeAffinity::prepare_filter(const PodInfo& pod, const Snapshot&) const {
  return pod.nodes.empty() ? Preparation::skip() : Preparation::go_on();
}

Verdict NodeAffinity::filter(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  if (pod.nodes.matches(node.name(), node.labels())) return Verdict::fits();
  return Verdict::never("node(s) didn't match Pod's node affinity/selector");
}

Preparation NodeAffinity::prepare_score(const PodInfo& pod, const Snapshot&,
                                        std::span<const NodeInfo* const>) const {
  return pod.preferred_nodes.empty() ? Preparation::skip() : Preparation::go_on();
}

double NodeAffinity::score(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  double sum = 0;
  for (const auto& [weight, term] : pod.preferred_nodes) {
    if (term.matches(node.name(), node.labels())) sum += weight;
  }
  return sum;
}

}  // namespace aloft::scheduler
