// One write at a time for each node: its status first, then the taints that follow from it, then its pods.
#include "controllers/node_lifecycle.h"

#include "controllers/owners.h"
#include "controllers/pods.h"
#include "controllers/taints.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/core/v1/node.h"

namespace aloft::controllers {
namespace {

using client::Notice;
using client::ObjectKey;
using client::Plan;
using client::World;
using coordination::v1::Lease;
using core::v1::Node;
using core::v1::NodeCondition;
using core::v1::Pod;
using core::v1::Taint;

constexpr std::string_view lease_namespace = "kube-node-lease";
// What only the node itself can tell.
constexpr std::string_view own_conditions[] = {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"};

// A condition's value that keeps new pods away.
struct ConditionTaint {
  std::string_view type;
  std::string_view status;
  std::string_view key;
};
constexpr ConditionTaint condition_taints[] = {
    {"Ready", "False", not_ready_taint},
    {"Ready", "Unknown", unreachable_taint},
    {"MemoryPressure", "True", memory_pressure_taint},
    {"DiskPressure", "True", disk_pressure_taint},
    {"PIDPressure", "True", pid_pressure_taint},
    {"NetworkUnavailable", "True", network_unavailable_taint},
};

const NodeCondition* find_condition(const Node& node, std::string_view type) {
  const auto found = std::ranges::find(node.status.conditions, type, &NodeCondition::type);
  return found == node.status.conditions.end() ? nullptr : &*found;
}

std::string_view ready_status(const Node& node) {
  const NodeCondition* ready = find_condition(node, "Ready");
  return ready == nullptr ? std::string_view() : std::string_view(ready->status);
}

// Changes with each sign of life: of the lease, or of the status where there is no lease.
std::string heartbeat_of(const World& world, const Node& node) {
  std::string heartbeat;
  const auto lease = world.get<Lease>(ObjectKey(std::string(lease_namespace), node.metadata.name));
  if (lease != nullptr && lease->spec.renewTime && lease->spec.renewTime->is_set()) {
    heartbeat = format_micros(lease->spec.renewTime->time());
  }
  const NodeCondition* ready = find_condition(node, "Ready");
  if (ready != nullptr && ready->lastHeartbeatTime.is_set()) {
    heartbeat += "/" + format_seconds(ready->lastHeartbeatTime.time());
  }
  return heartbeat;
}

// Nobody knows how the node is. False when that is said already.
bool lose(Node& node, WallTime now) {
  bool changed = false;
  for (const std::string_view type : own_conditions) {
    const auto found = std::ranges::find(node.status.conditions, type, &NodeCondition::type);
    if (found != node.status.conditions.end() && found->status == "Unknown") continue;
    changed = true;
    NodeCondition condition;
    condition.type = type;
    condition.status = "Unknown";
    condition.lastTransitionTime = now;
    if (found == node.status.conditions.end()) {
      condition.lastHeartbeatTime = node.metadata.creationTimestamp;
      condition.reason = "NodeStatusNeverUpdated";
      condition.message = "Kubelet never posted node status.";
      node.status.conditions.push_back(std::move(condition));
    } else {
      condition.lastHeartbeatTime = found->lastHeartbeatTime;
      condition.reason = "NodeStatusUnknown";
      condition.message = "Kubelet stopped posting node status.";
      *found = std::move(condition);
    }
  }
  return changed;
}

using Wanted = std::vector<std::pair<std::string_view, std::string_view>>;  // key, effect

Wanted wanted_taints(const Node& node) {
  Wanted wanted;
  for (const ConditionTaint& rule : condition_taints) {
    const NodeCondition* condition = find_condition(node, rule.type);
    if (condition != nullptr && condition->status == rule.status) wanted.emplace_back(rule.key, no_schedule);
  }
  if (node.spec.unschedulable) wanted.emplace_back(unschedulable_taint, no_schedule);
  const std::string_view ready = ready_status(node);
  if (ready == "False") wanted.emplace_back(not_ready_taint, no_execute);
  if (ready == "Unknown") wanted.emplace_back(unreachable_taint, no_execute);
  return wanted;
}

bool is_managed(const Taint& taint) {
  if (taint.effect == no_execute) return taint.key == not_ready_taint || taint.key == unreachable_taint;
  if (taint.effect != no_schedule) return false;
  return taint.key == unschedulable_taint ||
         std::ranges::find(condition_taints, taint.key, &ConditionTaint::key) != std::end(condition_taints);
}

bool set_taints(Node& node, WallTime now) {
  const Wanted wanted = wanted_taints(node);
  const auto is_wanted = [&](const Taint& taint) {
    return std::ranges::any_of(
        wanted, [&](const auto& w) { return w.first == taint.key && w.second == taint.effect; });
  };
  bool changed = std::erase_if(node.spec.taints, [&](const Taint& taint) {
                   return is_managed(taint) && !is_wanted(taint);
                 }) > 0;
  for (const auto& [key, effect] : wanted) {
    const bool there = std::ranges::any_of(
        node.spec.taints, [&](const Taint& taint) { return taint.key == key && taint.effect == effect; });
    if (there) continue;
    Taint taint;
    taint.key = key;
    taint.effect = effect;
    taint.timeAdded = now;
    node.spec.taints.push_back(std::move(taint));
    changed = true;
  }
  return changed;
}

// Pods of a node that does not answer serve nobody.
void mark_pods_not_ready(const World& world, const std::string& node, Plan& plan) {
  for (const auto& pod : world.by_index<Pod>(by_node, node)) {
    if (!is_ready(*pod)) continue;
    Pod next = *pod;
    for (auto& condition : next.status.conditions) {
      if (condition.type != "Ready") continue;
      condition.status = "False";
      condition.lastTransitionTime = world.now();
    }
    client::Change change = pod_status_change(next);
    change.announcement = warn(*pod, "NodeNotReady", "Node is not ready");
    plan.changes.push_back(std::move(change));
  }
}

std::vector<ObjectKey> node_of_lease(const World&, const Notice& notice) {
  std::vector<ObjectKey> keys;
  if (notice.key.ns == lease_namespace) keys.emplace_back("", notice.key.name);
  return keys;
}

// A pod may have become ready, in our cache, after its node was lost.
std::vector<ObjectKey> node_of_pod(const World& world, const Notice& notice) {
  std::vector<ObjectKey> keys;
  if (notice.now == nullptr) return keys;
  const auto& pod = *static_cast<const Pod*>(notice.now.get());
  const auto node = world.get<Node>(ObjectKey("", pod.spec.nodeName));
  if (node != nullptr && ready_status(*node) == "Unknown" && is_ready(pod))
    keys.emplace_back("", pod.spec.nodeName);
  return keys;
}

}  // namespace

std::vector<client::Source> NodeLifecycleController::sources() const {
  return {client::own_source(model::type_info<Node>()),
          client::Source{&model::type_info<Lease>(), node_of_lease},
          client::Source{&model::type_info<Pod>(), node_of_pod, {by_node_index()}}};
}

Result<Plan> NodeLifecycleController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto node = world.get<Node>(key);
  if (node == nullptr) {
    observed_.erase(key.name);
    return plan;
  }
  const std::string heartbeat = heartbeat_of(world, *node);
  Observed& observed = observed_[key.name];
  if (observed.uid != node->metadata.uid) {
    plan.announcements.push_back(
        announce(*node, "RegisteredNode",
                 fmt::format("Node {} event: Registered Node {} in Controller", key.name, key.name)));
  }
  if (observed.uid != node->metadata.uid || observed.heartbeat != heartbeat) {
    observed = {node->metadata.uid, heartbeat, world.now()};
  }
  const Duration patience = heartbeat.empty() ? settings_.startup_grace : settings_.lost_after;
  const Duration left = observed.at + patience - world.now();
  Node next = *node;
  if (left > Duration::zero()) {
    plan.again = left;
  } else if (lose(next, world.now())) {
    const bool was_ready = ready_status(*node) == "True";
    client::Change change = client::update_change(next, "status");
    if (was_ready) {
      change.announcement =
          announce(*node, "NodeNotReady", fmt::format("Node {} status is now: NodeNotReady", key.name));
    }
    plan.changes.push_back(std::move(change));
    if (was_ready) mark_pods_not_ready(world, key.name, plan);
    return plan;
  }
  if (set_taints(next, world.now())) plan.changes.push_back(client::update_change(next));
  if (ready_status(*node) == "Unknown") mark_pods_not_ready(world, key.name, plan);
  return plan;
}

}  // namespace aloft::controllers
