// The product's own cycle over nodes and pods written by the test.
#include "scheduler/testing/cluster.h"

namespace aloft::scheduler {

std::string Cluster::decide(core::v1::Pod pod) {
  const Decision decision = cycle_.decide(*info_of(std::move(pod)), snapshot_, random_);
  return decision.node == nullptr ? "" : decision.node->name();
}

std::string Cluster::schedule(core::v1::Pod pod) {
  std::string node = decide(pod);
  if (!node.empty()) place(std::move(pod), node);
  return node;
}

std::string Cluster::why_not(core::v1::Pod pod) {
  const SharedPod info = info_of(std::move(pod));
  const Decision decision = cycle_.decide(*info, snapshot_, random_);
  return decision.node == nullptr ? decision.refusal.message(*info) : "";
}

std::vector<const NodeInfo*> Cluster::nodes_by_name() const {
  std::vector<const NodeInfo*> nodes = snapshot_.nodes();
  std::ranges::sort(nodes, {}, &NodeInfo::name);
  return nodes;
}

std::vector<std::string> Cluster::allowed(const Filter& filter, core::v1::Pod pod) const {
  const SharedPod info = info_of(std::move(pod));
  const Preparation preparation = filter.prepare_filter(*info, snapshot_);
  std::vector<std::string> names;
  for (const NodeInfo* node : nodes_by_name()) {
    if (preparation.skipped || filter.filter(preparation.state.get(), *info, *node).is_fit()) {
      names.push_back(node->name());
    }
  }
  return names;
}

std::vector<double> Cluster::scores(const Score& plugin, core::v1::Pod pod) const {
  const SharedPod info = info_of(std::move(pod));
  const auto nodes = nodes_by_name();
  const Preparation preparation = plugin.prepare_score(*info, snapshot_, nodes);
  std::vector<double> scores;
  if (preparation.skipped) return scores;
  for (const NodeInfo* node : nodes) scores.push_back(plugin.score(preparation.state.get(), *info, *node));
  plugin.normalise(scores);
  return scores;
}

}  // namespace aloft::scheduler
