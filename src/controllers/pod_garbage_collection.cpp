// Removal here is forced: there is no node left that could end the pod in peace.
#include "controllers/pod_garbage_collection.h"

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

constexpr std::string_view finished_key = "finished-pods";  // with no namespace, so that no pod has it
constexpr std::string_view by_end = "end";
constexpr std::string_view finished_value = "finished";

void force_removal(const Pod& pod, std::string reason, std::string message, WallTime now, Plan& plan) {
  Pod next = pod;
  if (!is_finished(pod)) next.status.phase = "Failed";
  if (!message.empty()) {
    core::v1::PodCondition condition;
    condition.type = "DisruptionTarget";
    condition.status = "True";
    condition.reason = std::move(reason);
    condition.message = std::move(message);
    condition.lastTransitionTime = now;
    set_condition(next.status, std::move(condition));
  }
  if (next.status != pod.status) plan.changes.push_back(pod_status_change(next));
  client::Change change = remove_object(pod_kind(), pod.metadata);
  change.delete_options.grace_period_seconds = 0;
  plan.changes.push_back(std::move(change));
}

// People say with this taint that the machine is off and will not come back by itself.
bool is_out_of_service(const Node& node) {
  const auto ready = std::ranges::find(node.status.conditions, "Ready", &core::v1::NodeCondition::type);
  if (ready != node.status.conditions.end() && ready->status == "True") return false;
  return std::ranges::find(node.spec.taints, out_of_service_taint, &core::v1::Taint::key) !=
         node.spec.taints.end();
}

std::vector<ObjectKey> keys_of_pod(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  if (notice.now == nullptr) return keys;
  const auto& pod = *static_cast<const Pod*>(notice.now.get());
  const auto* before = static_cast<const Pod*>(notice.old.get());
  if (is_finished(pod) && (before == nullptr || !is_finished(*before)))
    keys.emplace_back("", std::string(finished_key));
  const bool orphan =
      !pod.spec.nodeName.empty() && world.get<Node>(ObjectKey("", pod.spec.nodeName)) == nullptr;
  if (orphan || pod.metadata.deletionTimestamp) keys.push_back(notice.key);
  return keys;
}

// A node that goes, or changes its taints or readiness.
std::vector<ObjectKey> pods_of_lost_node(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  const auto* node = static_cast<const Node*>(notice.now.get());
  if (node != nullptr && !is_out_of_service(*node)) return keys;
  for (const auto& pod : world.by_index<Pod>(by_node, notice.key.name)) {
    keys.emplace_back(pod->metadata.namespace_, pod->metadata.name);
  }
  return keys;
}

client::Index by_end_index() {
  client::Index index;
  index.name = by_end;
  index.values = [](const void* object) {
    std::vector<std::string> values;
    if (is_finished(*static_cast<const Pod*>(object))) values.emplace_back(finished_value);
    return values;
  };
  return index;
}

}  // namespace

std::vector<client::Source> PodGarbageController::sources() const {
  return {client::Source{&model::type_info<Pod>(), keys_of_pod, {by_node_index(), by_end_index()}},
          client::Source{&model::type_info<Node>(), pods_of_lost_node}};
}

Plan PodGarbageController::plan_finished(const World& world) const {
  Plan plan;
  auto pods = world.by_index<Pod>(by_end, finished_value);
  if (pods.size() <= settings_.most_finished_pods) return plan;
  std::ranges::sort(pods, {}, [](const auto& pod) {
    return std::pair(pod->metadata.creationTimestamp, std::string_view(pod->metadata.uid));
  });
  pods.resize(pods.size() - settings_.most_finished_pods);
  for (const auto& pod : pods) force_removal(*pod, "", "", world.now(), plan);
  return plan;
}

Plan PodGarbageController::plan_orphan(const World& world, const Pod& pod) {
  Plan plan;
  const auto since = missed_since_.try_emplace(pod.spec.nodeName, world.now()).first->second;
  const Duration left = since + settings_.quarantine - world.now();
  if (left > Duration::zero()) {
    plan.again = left;
  } else {
    force_removal(pod, "DeletionByPodGC", "PodGC: node no longer exists", world.now(), plan);
  }
  return plan;
}

Result<Plan> PodGarbageController::plan(const World& world, const ObjectKey& key) {
  if (key.ns.empty()) return plan_finished(world);
  const auto pod = world.get<Pod>(key);
  if (pod == nullptr) return Plan();
  Plan plan;
  if (pod->spec.nodeName.empty()) {
    if (pod->metadata.deletionTimestamp) force_removal(*pod, "", "", world.now(), plan);
    return plan;
  }
  const auto node = world.get<Node>(ObjectKey("", pod->spec.nodeName));
  if (node == nullptr) return plan_orphan(world, *pod);
  missed_since_.erase(pod->spec.nodeName);
  if (pod->metadata.deletionTimestamp && is_out_of_service(*node)) {
    force_removal(*pod, "DeletionByPodGC", "PodGC: node no longer exists", world.now(), plan);
  }
  return plan;
}

}  // namespace aloft::controllers
