// Each taint gives the pod a time to leave: never, when tolerated without limit; the earliest of them counts.
#include "controllers/taint_eviction.h"

#include "controllers/owners.h"
#include "controllers/pods.h"
#include "controllers/taints.h"
#include "model/kinds/core/v1/node.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::Node;
using core::v1::Pod;
using core::v1::Taint;

// How long the pod may stay beside the taint; nullopt for ever.
std::optional<Duration> patience_of(const Pod& pod, const Taint& taint) {
  std::optional<Duration> shortest = Duration::zero();
  bool tolerated = false;
  for (const auto& toleration : pod.spec.tolerations) {
    if (!tolerates(toleration, taint)) continue;
    std::optional<Duration> allowed;
    if (toleration.tolerationSeconds) {
      allowed = std::chrono::seconds(std::max<std::int64_t>(0, *toleration.tolerationSeconds));
    }
    const bool shorter = allowed && (!shortest || *allowed < *shortest);
    if (!tolerated || shorter) shortest = allowed;
    tolerated = true;
  }
  return shortest;
}

std::vector<const Taint*> executing_taints(const Node& node) {
  std::vector<const Taint*> taints;
  for (const Taint& taint : node.spec.taints) {
    if (taint.effect == no_execute) taints.push_back(&taint);
  }
  return taints;
}

void evict(const Pod& pod, WallTime now, Plan& plan) {
  Pod next = pod;
  core::v1::PodCondition condition;
  condition.type = "DisruptionTarget";
  condition.status = "True";
  condition.reason = "DeletionByTaintManager";
  condition.message = "Taint manager: deleting due to NoExecute taint";
  condition.lastTransitionTime = now;
  if (set_condition(next.status, std::move(condition)))
    plan.changes.push_back(pod_status_change(next));
  client::Change change = remove_object(pod_kind(), pod.metadata);
  change.announcement =
      announce(pod, "TaintManagerEviction",
               fmt::format("Marking for deletion Pod {}/{}", pod.metadata.namespace_, pod.metadata.name));
  plan.changes.push_back(std::move(change));
}

std::string seen_id(const Node& node, const Taint& taint) {
  return fmt::format("{}/{}={}", node.metadata.uid, taint.key, taint.value);
}

std::vector<ObjectKey> pods_of_tainted_node(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  if (notice.now == nullptr) return keys;
  const auto& node = *static_cast<const Node*>(notice.now.get());
  const auto* before = static_cast<const Node*>(notice.old.get());
  const bool had_any = before != nullptr && !executing_taints(*before).empty();
  if (!had_any && executing_taints(node).empty()) return keys;
  if (before != nullptr && before->spec.taints == node.spec.taints) return keys;
  for (const auto& pod : world.by_index<Pod>(by_node, notice.key.name)) {
    keys.emplace_back(pod->metadata.namespace_, pod->metadata.name);
  }
  return keys;
}

// A change of a pod concerns us when it is bound, or tolerates something else.
std::vector<ObjectKey> own_pod(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  if (notice.now == nullptr) return keys;
  const auto& pod = *static_cast<const Pod*>(notice.now.get());
  const auto node = world.get<Node>(ObjectKey("", pod.spec.nodeName));
  if (node != nullptr && !executing_taints(*node).empty()) keys.push_back(notice.key);
  return keys;
}

}  // namespace

std::vector<client::Source> TaintEvictionController::sources() const {
  return {client::Source{&model::type_info<Pod>(), own_pod, {by_node_index()}},
          client::Source{&model::type_info<Node>(), pods_of_tainted_node}};
}

// A taint that comes back later starts anew.
void TaintEvictionController::forget_taints(const Node& node) {
  const std::string prefix = node.metadata.uid + "/";
  const auto taints = executing_taints(node);
  for (auto at = first_seen_.lower_bound(prefix); at != first_seen_.end() && at->first.starts_with(prefix);) {
    const bool there =
        std::ranges::any_of(taints, [&](const Taint* taint) { return seen_id(node, *taint) == at->first; });
    at = there ? std::next(at) : first_seen_.erase(at);
  }
}

Result<Plan> TaintEvictionController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto pod = world.get<Pod>(key);
  if (pod == nullptr || pod->metadata.deletionTimestamp || is_finished(*pod) || pod->spec.nodeName.empty())
    return plan;
  const auto node = world.get<Node>(ObjectKey("", pod->spec.nodeName));
  if (node == nullptr) return plan;

  forget_taints(*node);
  std::optional<WallTime> leave;
  for (const Taint* taint : executing_taints(*node)) {
    const auto patience = patience_of(*pod, *taint);
    if (!patience) continue;
    WallTime since = world.now();
    if (taint->timeAdded && taint->timeAdded->is_set()) {
      since = taint->timeAdded->time();
    } else {
      since = first_seen_.try_emplace(seen_id(*node, *taint), since).first->second;
    }
    leave = std::min(leave.value_or(since + *patience), since + *patience);
  }
  if (!leave) return plan;
  if (*leave > world.now()) {
    plan.again = *leave - world.now();
  } else {
    evict(*pod, world.now(), plan);
  }
  return plan;
}

}  // namespace aloft::controllers
