// Pods are counted once per part; the nodes then compare their part with the emptiest.
#include "scheduler/plugins/topology_spread.h"

#include <cmath>
#include <limits>

namespace aloft::scheduler {
namespace {

using Counts = std::unordered_map<std::string, std::int64_t>;

struct RequiredSpread final : PluginState {
  struct Part {
    Counts counts;
    std::int64_t least = 0;
    std::int64_t own = 0;  // 1 when the pod itself is of the kind
  };
  std::vector<Part> parts;  // one for each term
};

struct PreferredSpread final : PluginState {
  struct Part {
    Counts counts;
    double weight = 0;
  };
  std::vector<Part> parts;
};

// A node that lacks one of the labels is no part of the topology.
constexpr double outside = -1;

bool has_all_labels(const std::vector<SpreadTerm>& terms, const NodeInfo& node) {
  return std::ranges::all_of(terms,
                             [&](const auto& term) { return node.label(term.topology_key) != nullptr; });
}

bool counts(const SpreadTerm& term, const PodInfo& pod, const NodeInfo& node) {
  if (term.honor_affinity && !pod.nodes.matches(node.name(), node.labels())) return false;
  if (!term.honor_taints) return true;
  return std::ranges::all_of(node.keeping_taints(), [&](const KeepingTaint& keeping) {
    return is_tolerated(pod.pod->spec.tolerations, keeping.taint);
  });
}

// Matching pods by value of the term's label. Those that are being removed do not count.
Counts count_parts(const std::vector<SpreadTerm>& terms, const SpreadTerm& term, const PodInfo& pod,
                   const Snapshot& snapshot) {
  const auto is_part = [&](const NodeInfo& node) {
    return has_all_labels(terms, node) && counts(term, pod, node);
  };
  Counts found;
  for (const NodeInfo* node : snapshot.nodes()) {
    if (is_part(*node)) found.try_emplace(*node->label(term.topology_key), 0);
  }
  for (const auto& [name, group] : snapshot.groups()) {
    if (group.example->ns() != pod.ns() || !term.pods.matches(group.example->labels())) continue;
    for (const auto& [node, count] : group.nodes) {
      if (!node->is_known() || !is_part(*node)) continue;
      found[*node->label(term.topology_key)] += count.pods - count.ending;
    }
  }
  return found;
}

std::int64_t count_at(const Counts& counts, const std::string& value) {
  const auto found = counts.find(value);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

Preparation TopologySpread::prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const {
  if (pod.required_spread.empty()) return Preparation::skip();
  auto state = std::make_unique<RequiredSpread>();
  for (const SpreadTerm& term : pod.required_spread) {
    RequiredSpread::Part part;
    part.counts = count_parts(pod.required_spread, term, pod, snapshot);
    part.own = term.pods.matches(pod.labels()) ? 1 : 0;
    // Parts that should exist but do not hold no pod.
    if (static_cast<std::int64_t>(part.counts.size()) >= term.min_domains && !part.counts.empty()) {
      part.least = std::numeric_limits<std::int64_t>::max();
      for (const auto& [value, count] : part.counts) part.least = std::min(part.least, count);
    }
    state->parts.push_back(std::move(part));
  }
  return Preparation::go_on(std::move(state));
}

Verdict TopologySpread::filter(const PluginState* plugin_state, const PodInfo& pod,
                               const NodeInfo& node) const {
  const auto& state = static_cast<const RequiredSpread&>(*plugin_state);
  for (std::size_t i = 0; i < pod.required_spread.size(); ++i) {
    const SpreadTerm& term = pod.required_spread[i];
    const std::string* value = node.label(term.topology_key);
    if (value == nullptr) {
      return Verdict::never("node(s) didn't match pod topology spread constraints (missing required label)");
    }
    const auto& part = state.parts[i];
    if (count_at(part.counts, *value) + part.own - part.least > term.max_skew) {
      return Verdict::refused("node(s) didn't match pod topology spread constraints");
    }
  }
  return Verdict::fits();
}

Events TopologySpread::wakes_on() const {
  return {EventKind::node_added, EventKind::node_removed, EventKind::node_labels, EventKind::node_taints,
          EventKind::pod_added,  EventKind::pod_removed,  EventKind::pod_labels};
}

Preparation TopologySpread::prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                                          std::span<const NodeInfo* const> fitting) const {
  if (pod.preferred_spread.empty()) return Preparation::skip();
  auto state = std::make_unique<PreferredSpread>();
  for (const SpreadTerm& term : pod.preferred_spread) {
    std::set<std::string_view> values;
    for (const NodeInfo* node : fitting) {
      if (has_all_labels(pod.preferred_spread, *node)) values.insert(*node->label(term.topology_key));
    }
    PreferredSpread::Part part;
    part.counts = count_parts(pod.preferred_spread, term, pod, snapshot);
    // Pods differ by less from part to part where there are many parts, so each counts for more.
    part.weight = std::log(static_cast<double>(values.size()) + 2);
    state->parts.push_back(std::move(part));
  }
  return Preparation::go_on(std::move(state));
}

double TopologySpread::score(const PluginState* plugin_state, const PodInfo& pod,
                             const NodeInfo& node) const {
  const auto& state = static_cast<const PreferredSpread&>(*plugin_state);
  if (!has_all_labels(pod.preferred_spread, node)) return outside;
  double sum = 0;
  for (std::size_t i = 0; i < pod.preferred_spread.size(); ++i) {
    const SpreadTerm& term = pod.preferred_spread[i];
    const std::int64_t count = count_at(state.parts[i].counts, *node.label(term.topology_key));
    sum += static_cast<double>(count) * state.parts[i].weight + static_cast<double>(term.max_skew - 1);
  }
  return sum;
}

void TopologySpread::normalise(std::span<double> scores) const {
  double least = std::numeric_limits<double>::max();
  double most = 0;
  for (const double score : scores) {
    if (score == outside) continue;
    least = std::min(least, score);
    most = std::max(most, score);
  }
  for (double& score : scores) {
    if (score == outside) {
      score = 0;
    } else {
      score = most == 0 ? 100 : 100 * (most + least - score) / most;
    }
  }
}

}  // namespace aloft::scheduler
