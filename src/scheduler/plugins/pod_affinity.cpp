// Each group of pods that are alike is looked at once for a pod that has, or meets, such terms; the nodes
// then only look up their labels.
#include "scheduler/plugins/pod_affinity.h"

namespace aloft::scheduler {
namespace {

// A pod that is there and requires such pods as the new one counts like a preference of this weight
// (upstream's default).
constexpr double required_term_weight = 1;

// Values by node label: what holds in each part of the cluster.
class Topology {
 public:
  void add(const NodeInfo& node, const std::string& key, double amount) {
    const std::string* value = node.label(key);
    if (value != nullptr) parts_[key][*value] += amount;
  }
  double at(const NodeInfo& node, const std::string& key) const {
    const auto part = parts_.find(key);
    if (part == parts_.end()) return 0;
    const std::string* value = node.label(key);
    if (value == nullptr) return 0;
    const auto found = part->second.find(*value);
    return found == part->second.end() ? 0 : found->second;
  }
  double sum(const NodeInfo& node) const {
    double total = 0;
    for (const auto& [key, part] : parts_) total += at(node, key);
    return total;
  }
  bool empty() const { return parts_.empty(); }

 private:
  std::map<std::string, std::unordered_map<std::string, double>> parts_;
};

struct RequiredAffinity final : PluginState {
  Topology kept_away;  // by pods that are there
  Topology near;
  Topology avoided;
  bool first_of_its_kind = false;  // no pod matches the affinity yet but the pod itself
};

struct PreferredAffinity final : PluginState {
  Topology weights;
};

bool matches_all(const std::vector<PodTerm>& terms, const PodInfo& other, const Snapshot& snapshot) {
  return std::ranges::all_of(
      terms, [&](const PodTerm& term) { return term.matches(other.ns(), other.labels(), snapshot); });
}

// For every pod of the group.
void add_all(const PodGroup& group, const std::string& key, double amount, Topology& topology) {
  for (const auto& [node, count] : group.nodes) {
    if (node->is_known()) topology.add(*node, key, amount * static_cast<double>(count.pods));
  }
}

void note_kept_away(const PodInfo& pod, const PodGroup& group, const Snapshot& snapshot,
                    RequiredAffinity& state) {
  for (const PodTerm& term : group.example->anti_affinity) {
    if (term.matches(pod.ns(), pod.labels(), snapshot))
      add_all(group, term.topology_key(), 1, state.kept_away);
  }
}

void note_own_terms(const PodInfo& pod, const PodGroup& group, const Snapshot& snapshot,
                    RequiredAffinity& state) {
  const PodInfo& other = *group.example;
  if (!pod.affinity.empty() && matches_all(pod.affinity, other, snapshot)) {
    for (const PodTerm& term : pod.affinity) add_all(group, term.topology_key(), 1, state.near);
  }
  for (const PodTerm& term : pod.anti_affinity) {
    if (term.matches(other.ns(), other.labels(), snapshot))
      add_all(group, term.topology_key(), 1, state.avoided);
  }
}

bool is_near(const RequiredAffinity& state, const PodInfo& pod, const NodeInfo& node) {
  bool all_there = true;
  for (const PodTerm& term : pod.affinity) {
    if (node.label(term.topology_key()) == nullptr) return false;
    all_there = all_there && state.near.at(node, term.topology_key()) > 0;
  }
  return all_there || state.first_of_its_kind;
}

// Adds, for the nodes of the group, the weights of the terms that mean `meant`.
void add_weights(const std::vector<PodTerm>& terms, const PodInfo& meant, const PodGroup& group,
                 const Snapshot& snapshot, double factor, Topology& weights) {
  for (const PodTerm& term : terms) {
    if (!term.matches(meant.ns(), meant.labels(), snapshot)) continue;
    add_all(group, term.topology_key(), factor * term.weight(), weights);
  }
}

// What the pods of a group would rather have of the new one.
void add_wishes_of_others(const PodInfo& pod, const PodGroup& group, const Snapshot& snapshot,
                          Topology& weights) {
  const PodInfo& other = *group.example;
  add_weights(other.preferred_affinity, pod, group, snapshot, 1, weights);
  add_weights(other.preferred_anti_affinity, pod, group, snapshot, -1, weights);
  for (const PodTerm& term : other.affinity) {
    if (!term.matches(pod.ns(), pod.labels(), snapshot)) continue;
    add_all(group, term.topology_key(), required_term_weight, weights);
  }
}

}  // namespace

Preparation PodAffinity::prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const {
  const bool own_terms = !pod.affinity.empty() || !pod.anti_affinity.empty();
  if (!own_terms && snapshot.pods_with_anti_affinity() == 0) return Preparation::skip();
  auto state = std::make_unique<RequiredAffinity>();
  for (const auto& [name, group] : snapshot.groups()) {
    note_kept_away(pod, group, snapshot, *state);
    if (own_terms) note_own_terms(pod, group, snapshot, *state);
  }
  if (!own_terms && state->kept_away.empty()) return Preparation::skip();
  state->first_of_its_kind = state->near.empty() && matches_all(pod.affinity, pod, snapshot);
  return Preparation::go_on(std::move(state));
}

Verdict PodAffinity::filter(const PluginState* plugin_state, const PodInfo& pod, const NodeInfo& node) const {
  const auto& state = static_cast<const RequiredAffinity&>(*plugin_state);
  if (!is_near(state, pod, node)) return Verdict::never("node(s) didn't match pod affinity rules");
  for (const PodTerm& term : pod.anti_affinity) {
    if (state.avoided.at(node, term.topology_key()) > 0) {
      return Verdict::refused("node(s) didn't match pod anti-affinity rules");
    }
  }
  if (state.kept_away.sum(node) > 0) {
    return Verdict::refused("node(s) didn't satisfy existing pods anti-affinity rules");
  }
  return Verdict::fits();
}

Events PodAffinity::wakes_on() const {
  return {EventKind::node_added,  EventKind::node_labels, EventKind::pod_added,
          EventKind::pod_removed, EventKind::pod_labels,  EventKind::namespace_labels};
}

Preparation PodAffinity::prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                                       std::span<const NodeInfo* const>) const {
  const bool own_terms = !pod.preferred_affinity.empty() || !pod.preferred_anti_affinity.empty();
  if (!own_terms && snapshot.pods_with_affinity() == 0) return Preparation::skip();
  auto state = std::make_unique<PreferredAffinity>();
  for (const auto& [name, group] : snapshot.groups()) {
    add_wishes_of_others(pod, group, snapshot, state->weights);
    if (!own_terms) continue;
    add_weights(pod.preferred_affinity, *group.example, group, snapshot, 1, state->weights);
    add_weights(pod.preferred_anti_affinity, *group.example, group, snapshot, -1, state->weights);
  }
  if (state->weights.empty()) return Preparation::skip();
  return Preparation::go_on(std::move(state));
}

double PodAffinity::score(const PluginState* state, const PodInfo&, const NodeInfo& node) const {
  return static_cast<const PreferredAffinity&>(*state).weights.sum(node);
}

void PodAffinity::normalise(std::span<double> scores) const {
  if (scores.empty()) return;
  const auto [lowest, highest] = std::ranges::minmax(scores);
  for (double& score : scores) score = highest > lowest ? 100 * (score - lowest) / (highest - lowest) : 0;
}

}  // namespace aloft::scheduler
