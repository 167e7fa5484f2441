// One plan: claim pods, count them, write the difference and the status. Names of new pods follow from the
// state that lacks them, so that a plan made again from a cache that lags behind asks for the same pods, not
// for more.
#include "controllers/replica_set.h"

#include "client/status.h"
#include "controllers/generated_name.h"
#include "controllers/owners.h"
#include "controllers/pod_ranking.h"
#include "controllers/pods.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/core/v1/namespace.h"

namespace aloft::controllers {
namespace {

using apps::v1::ReplicaSet;
using apps::v1::ReplicaSetCondition;
using apps::v1::ReplicaSetStatus;
using client::Change;
using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::Pod;
using Pods = std::vector<std::shared_ptr<const Pod>>;

// Upstream's burst: as many pods are made or removed by one plan.
constexpr std::size_t most_pods_at_once = 500;
constexpr std::string_view failure_condition = "ReplicaFailure";

std::size_t wanted_pods(const ReplicaSet& set) {
  return static_cast<std::size_t>(std::max(0, set.spec.replicas.value_or(1)));
}

// The active pods that are the set's, after adoption and release.
Pods claim_pods(const World& world, const ReplicaSet& set, const model::LabelSelector& selector, Plan& plan) {
  Pods claimed;
  const auto consider = [&](const std::shared_ptr<const Pod>& pod) {
    if (!is_active(*pod) || pod->metadata.namespace_ != set.metadata.namespace_) return;
    const Claim verdict = claim(set.metadata, selector, pod->metadata);
    if (verdict == Claim::release) {
      plan.changes.push_back(release_change(pod_kind(), pod->metadata, set.metadata.uid));
    }
    if (verdict == Claim::adopt) {
      plan.changes.push_back(adopt_change(pod_kind(), pod->metadata, controller_reference(set)));
    }
    if (verdict == Claim::ours || verdict == Claim::adopt) claimed.push_back(pod);
  };
  for (const auto& pod : world.by_index<Pod>(by_controller, set.metadata.uid)) consider(pod);
  for (const auto& pod : world.by_index<Pod>(by_controller, orphans_of(set.metadata.namespace_)))
    consider(pod);
  return claimed;
}

Pod pod_of(const ReplicaSet& set, std::string name) {
  const core::v1::PodTemplateSpec& pattern = set.spec.template_;
  Pod pod;
  pod.metadata.name = std::move(name);
  pod.metadata.generateName = set.metadata.name + "-";
  pod.metadata.namespace_ = set.metadata.namespace_;
  pod.metadata.labels = pattern.metadata.labels;
  pod.metadata.annotations = pattern.metadata.annotations;
  pod.metadata.finalizers = pattern.metadata.finalizers;
  pod.metadata.ownerReferences.push_back(controller_reference(set));
  pod.spec = pattern.spec;
  return pod;
}

void create_pods(const World& world, const ReplicaSet& set, std::size_t missing, Plan& plan) {
  std::size_t made = 0;
  for (std::size_t i = 0; made < std::min(missing, most_pods_at_once); ++i) {
    const std::string seed = fmt::format("{}/{}/{}", set.metadata.uid, set.metadata.resourceVersion, i);
    std::string name = generated_name(set.metadata.name + "-", seed);
    if (world.get<Pod>(ObjectKey(set.metadata.namespace_, name)) != nullptr) continue;
    ++made;
    std::string message = fmt::format("Created pod: {}", name);
    Change change = client::create_change(pod_of(set, std::move(name)));
    change.announcement = announce(set, "SuccessfulCreate", std::move(message));
    plan.changes.push_back(std::move(change));
  }
}

// Active pods by node, of this set and of its siblings under the same owner: the versions of one Deployment.
std::map<std::string, int> related_on_nodes(const World& world, const ReplicaSet& set, const Pods& own) {
  std::map<std::string, int> counts;
  const auto count = [&counts](const Pods& pods) {
    for (const auto& pod : pods) {
      if (is_active(*pod)) ++counts[pod->spec.nodeName];
    }
  };
  count(own);
  const meta::v1::OwnerReference* owner = controller_of(set.metadata);
  if (owner == nullptr) return counts;
  for (const auto& sibling : world.by_index<ReplicaSet>(by_controller, owner->uid)) {
    if (sibling->metadata.uid == set.metadata.uid) continue;
    count(world.by_index<Pod>(by_controller, sibling->metadata.uid));
  }
  return counts;
}

void remove_pods(const World& world, const ReplicaSet& set, Pods pods, std::size_t excess, Plan& plan) {
  if (excess < pods.size()) rank_for_removal(pods, related_on_nodes(world, set, pods), world.now());
  pods.resize(std::min(excess, most_pods_at_once));
  for (const auto& pod : pods) {
    Change change = remove_object(pod_kind(), pod->metadata);
    change.announcement =
        announce(set, "SuccessfulDelete", fmt::format("Deleted pod: {}", pod->metadata.name));
    plan.changes.push_back(std::move(change));
  }
}

bool has_template_labels(const ReplicaSet& set, const Pod& pod) {
  return model::LabelSelector::of(set.spec.template_.metadata.labels).matches(pod.metadata.labels);
}

ReplicaSetStatus status_of(const ReplicaSet& set, const Pods& pods, WallTime now) {
  ReplicaSetStatus status;
  status.conditions = set.status.conditions;
  std::erase_if(status.conditions, [](const auto& condition) { return condition.type == failure_condition; });
  status.observedGeneration = set.metadata.generation;
  status.replicas = static_cast<std::int32_t>(pods.size());
  for (const auto& pod : pods) {
    status.fullyLabeledReplicas += has_template_labels(set, *pod) ? 1 : 0;
    status.readyReplicas += is_ready(*pod) ? 1 : 0;
    status.availableReplicas += is_available(*pod, set.spec.minReadySeconds, now) ? 1 : 0;
  }
  return status;
}

// When the next ready pod will have been ready for long enough.
std::optional<Duration> until_available(const ReplicaSet& set, const Pods& pods, WallTime now) {
  std::optional<Duration> soonest;
  for (const auto& pod : pods) {
    const auto since = ready_since(*pod);
    if (!since || is_available(*pod, set.spec.minReadySeconds, now)) continue;
    const Duration left = *since + std::chrono::seconds(set.spec.minReadySeconds) - now;
    soonest = std::min(soonest.value_or(left), left);
  }
  return soonest;
}

// Tells people that a pod could not be made or removed, as an event and as the condition ReplicaFailure.
Plan report_failure(const ReplicaSet& set, ReplicaSetStatus status, WallTime now, const Change& change,
                    const Error& error) {
  Plan report;
  const bool creating = change.verb == Change::Verb::create;
  const bool removing = change.verb == Change::Verb::remove;
  if ((!creating && !removing) || client::is_namespace_ending(error)) return report;
  const std::string reason = creating ? "FailedCreate" : "FailedDelete";
  report.announcements.push_back(
      warn(set, reason, fmt::format("Error {}: {}", creating ? "creating" : "deleting", error.message())));
  const auto known = std::ranges::find(set.status.conditions, failure_condition, &ReplicaSetCondition::type);
  if (known != set.status.conditions.end()) {
    status.conditions.push_back(*known);
  } else {
    ReplicaSetCondition condition;
    condition.type = failure_condition;
    condition.status = "True";
    condition.lastTransitionTime = now;
    condition.reason = reason;
    condition.message = error.message();
    status.conditions.push_back(std::move(condition));
  }
  if (status == set.status) return report;
  ReplicaSet next = set;
  next.status = std::move(status);
  report.changes.push_back(client::update_change(next, "status"));
  return report;
}

// The sets a pod concerns: its owner, or, when it has none, every set that would take it.
std::vector<ObjectKey> sets_of_pod(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  for (const auto& object : {notice.old, notice.now}) {
    if (object == nullptr) continue;
    const meta::v1::OwnerReference* owner = controller_of(metadata_of(object));
    if (owner == nullptr || owner->kind != "ReplicaSet") continue;
    ObjectKey key(notice.key.ns, owner->name);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  }
  if (notice.now == nullptr || controller_of(metadata_of(notice.now)) != nullptr) return keys;
  for (const auto& set : world.list<ReplicaSet>(notice.key.ns)) {
    const auto selector = claiming_selector(set->spec.selector);
    if (!selector || !selector->matches(metadata_of(notice.now).labels)) continue;
    keys.emplace_back(notice.key.ns, set->metadata.name);
  }
  return keys;
}

}  // namespace

std::vector<client::Source> ReplicaSetController::sources() const {
  client::Source sets = client::own_source(model::type_info<ReplicaSet>());
  sets.indexes.push_back(by_controller_index());
  return {std::move(sets), client::Source{&model::type_info<Pod>(), sets_of_pod, {by_controller_index()}}};
}

Result<Plan> ReplicaSetController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto set = world.get<ReplicaSet>(key);
  if (set == nullptr) return plan;
  const auto selector = claiming_selector(set->spec.selector);
  if (!selector) return plan;

  Pods pods = claim_pods(world, *set, *selector, plan);
  ReplicaSetStatus status = status_of(*set, pods, world.now());
  plan.again = until_available(*set, pods, world.now());
  if (!set->metadata.deletionTimestamp) {
    const std::size_t wanted = wanted_pods(*set);
    if (pods.size() < wanted) create_pods(world, *set, wanted - pods.size(), plan);
    if (pods.size() > wanted) remove_pods(world, *set, pods, pods.size() - wanted, plan);
    plan.on_failure = [set, status, now = world.now()](const Change& change, const Error& error) {
      return report_failure(*set, status, now, change, error);
    };
  }
  if (status != set->status) {
    ReplicaSet next = *set;
    next.status = std::move(status);
    plan.changes.push_back(client::update_change(next, "status"));
  }
  return plan;
}

}  // namespace aloft::controllers
