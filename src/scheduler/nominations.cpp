// Claims on nodes by pods that are not there yet.
#include "scheduler/nominations.h"

#include "base/ensure.h"

namespace aloft::scheduler {

void Nominations::set(Nomination nomination) {
  std::string key = nomination.pod->key;
  by_key_.insert_or_assign(std::move(key), std::move(nomination));
}

const Nomination* Nominations::find(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &found->second;
}

void Nominations::show(const PodInfo& pod, Snapshot& snapshot) {
  ensure(shown_.empty(), "claims are shown once");
  for (const auto& [key, nomination] : by_key_) {
    const bool counts = nomination.pod->priority >= pod.priority && key != pod.key;
    if (!counts || snapshot.find(nomination.node_name) == nullptr) continue;
    snapshot.add_pod(nomination.pod, nomination.node_name);
    shown_.push_back(&nomination);
  }
}

void Nominations::hide(Snapshot& snapshot) {
  for (const Nomination* nomination : shown_)
    snapshot.remove_pod(nomination->pod->key, nomination->node_name);
  shown_.clear();
}

bool is_being_cleared(const Nomination& nomination, const Snapshot& snapshot) {
  const NodeInfo* node = snapshot.find(nomination.node_name);
  if (node == nullptr) return false;
  return std::ranges::any_of(node->pods(), [&nomination](const SharedPod& pod) {
    // Whom an earlier run of the scheduler chose can be told by their ending only.
    if (nomination.victims.empty()) return pod->is_ending() && pod->priority < nomination.pod->priority;
    return std::ranges::any_of(nomination.victims, [&pod](const SharedPod& victim) {
      return pod->key == victim->key && pod->pod->metadata.uid == victim->pod->metadata.uid;
    });
  });
}

}  // namespace aloft::scheduler
