// A plan takes one step of a rollout on working copies of the sets and then writes what differs from the
// originals.
#include "controllers/deployment.h"

#include "controllers/deployment_revision.h"
#include "controllers/deployment_rollout.h"
#include "controllers/deployment_scale.h"
#include "controllers/deployment_status.h"
#include "controllers/owners.h"
#include "controllers/pods.h"
#include "model/json.h"

namespace aloft::controllers {
namespace {

using apps::v1::Deployment;
using apps::v1::DeploymentStatus;
using apps::v1::ReplicaSet;
using client::Change;
using client::ObjectKey;
using client::Plan;
using client::World;

const model::KindInfo& set_kind() { return client::kind_of(model::type_info<ReplicaSet>()); }

void claim_sets(const World& world, const model::LabelSelector& selector, Rollout& rollout) {
  const auto& owner = rollout.deployment.metadata;
  const auto consider = [&](const std::shared_ptr<const ReplicaSet>& set) {
    if (set->metadata.namespace_ != owner.namespace_) return;
    const Claim verdict = claim(owner, selector, set->metadata);
    if (verdict == Claim::release) {
      rollout.plan.changes.push_back(release_change(set_kind(), set->metadata, owner.uid));
    }
    if (verdict == Claim::adopt) {
      rollout.plan.changes.push_back(
          adopt_change(set_kind(), set->metadata, controller_reference(rollout.deployment)));
    }
    if (verdict != Claim::ours && verdict != Claim::adopt) return;
    auto working = std::make_unique<WorkingSet>();
    working->original = set;
    working->set = *set;
    rollout.sets.push_back(std::move(working));
  };
  for (const auto& set : world.by_index<ReplicaSet>(by_controller, owner.uid)) consider(set);
  for (const auto& set : world.by_index<ReplicaSet>(by_controller, orphans_of(owner.namespace_)))
    consider(set);
  std::ranges::sort(rollout.sets, {}, [](const auto& working) {
    return std::pair(working->set.metadata.creationTimestamp, std::string_view(working->set.metadata.name));
  });
}

// A pod of another version may still run; those that are being removed count.
bool old_pods_run(const World& world, const Rollout& rollout) {
  for (const WorkingSet* set : rollout.old_sets()) {
    if (set->set.status.replicas > 0) return true;
    const auto pods = world.by_index<core::v1::Pod>(by_controller, set->set.metadata.uid);
    if (std::ranges::any_of(pods, [](const auto& pod) { return !is_finished(*pod); })) return true;
  }
  return false;
}

DeploymentStatus recreate(Rollout& rollout, const World& world) {
  if (scale_old_to_zero(rollout) == Step::took || old_pods_run(world, rollout)) return judge(rollout);
  create_newest(rollout, world);
  if (rollout.newest == nullptr) return judge(rollout);
  scale_newest_fully(rollout);
  if (is_complete(rollout.deployment, rollout.deployment.status)) clean_up_history(rollout);
  return judge(rollout);
}

DeploymentStatus roll(Rollout& rollout, const World& world) {
  create_newest(rollout, world);
  if (rollout.newest == nullptr || step_rolling(rollout) == Step::took) return judge(rollout);
  if (is_complete(rollout.deployment, rollout.deployment.status)) clean_up_history(rollout);
  return judge(rollout);
}

DeploymentStatus step(Rollout& rollout, const World& world) {
  const Deployment& deployment = rollout.deployment;
  sync_revision(rollout);
  if (deployment.metadata.deletionTimestamp) return count(rollout);
  note_pause(rollout);
  if (deployment.spec.paused) {
    scale(rollout);
    clean_up_history(rollout);
    return count(rollout);
  }
  if (is_scaling(rollout) && scale(rollout) == Step::took) return count(rollout);
  return is_rolling(deployment) ? roll(rollout, world) : recreate(rollout, world);
}

std::string scaled_message(const WorkingSet& set) {
  const std::int32_t before = set.original != nullptr ? set.original->spec.replicas.value_or(1) : 0;
  return fmt::format("Scaled {} replica set {} from {} to {}", before < set.replicas() ? "up" : "down",
                     set.set.metadata.name, before, set.replicas());
}

// The difference as a merge patch without a resourceVersion: the set's own controller writes its status all
// the time, which is no conflict.
std::optional<Change> patch_of(const Rollout& rollout, const WorkingSet& set) {
  const ReplicaSet& before = *set.original;
  model::Object annotations;
  for (const auto& [key, value] : set.set.metadata.annotations) {
    const auto found = before.metadata.annotations.find(key);
    if (found == before.metadata.annotations.end() || found->second != value) annotations.set(key, value);
  }
  model::Object spec;
  const bool resized = set.replicas() != before.spec.replicas.value_or(1);
  if (resized) spec.set("replicas", std::int64_t{set.replicas()});
  if (set.set.spec.minReadySeconds != before.spec.minReadySeconds) {
    spec.set("minReadySeconds", std::int64_t{set.set.spec.minReadySeconds});
  }
  if (annotations.empty() && spec.empty()) return std::nullopt;
  model::Object metadata;
  metadata.set("uid", before.metadata.uid);
  metadata.set("annotations", std::move(annotations));
  model::Object patch;
  patch.set("metadata", std::move(metadata));
  patch.set("spec", std::move(spec));
  Change change =
      client::patch_change<ReplicaSet>(ObjectKey(before.metadata.namespace_, before.metadata.name),
                                       client::PatchType::merge, model::to_json(model::Value(patch)));
  if (resized) change.announcement = announce(rollout.deployment, "ScalingReplicaSet", scaled_message(set));
  return change;
}

void write_sets(Rollout& rollout) {
  for (const auto& set : rollout.sets) {
    if (set->original == nullptr) {
      Change change = client::create_change(set->set);
      if (set->replicas() > 0) {
        change.announcement = announce(rollout.deployment, "ScalingReplicaSet", scaled_message(*set));
      }
      rollout.plan.changes.push_back(std::move(change));
    } else if (set->removed) {
      rollout.plan.changes.push_back(remove_object(set_kind(), set->original->metadata));
    } else if (auto change = patch_of(rollout, *set)) {
      rollout.plan.changes.push_back(std::move(*change));
    }
  }
}

// The status is written under the condition that nobody has written since; the revision, which comes last,
// under none.
void write_deployment(Rollout& rollout, DeploymentStatus status) {
  const Deployment& before = *rollout.original;
  if (status != before.status) {
    Deployment next = before;
    next.status = std::move(status);
    rollout.plan.changes.push_back(client::update_change(next, "status"));
  }
  if (rollout.deployment.metadata.annotations == before.metadata.annotations) return;
  model::Object annotations;
  annotations.set(revision_annotation,
                  rollout.deployment.metadata.annotations.at(std::string(revision_annotation)));
  model::Object metadata;
  metadata.set("annotations", std::move(annotations));
  model::Object patch;
  patch.set("metadata", std::move(metadata));
  rollout.plan.changes.push_back(client::patch_change<Deployment>(
      ObjectKey(before.metadata.namespace_, before.metadata.name), client::PatchType::merge,
      model::to_json(model::Value(std::move(patch)))));
}

Plan report_failure(const Deployment& deployment, WallTime now, const Change& change, const Error& error) {
  Plan report;
  if (change.verb != Change::Verb::create) return report;
  const std::string message =
      fmt::format("Failed to create new replica set \"{}\": {}", change.key.name, error.message());
  report.announcements.push_back(warn(deployment, "ReplicaSetCreateError", message));
  if (!has_progress_deadline(deployment)) return report;
  Deployment next = deployment;
  set_condition(next.status, make_condition("Progressing", "False", "ReplicaSetCreateError", message, now));
  if (next.status != deployment.status) report.changes.push_back(client::update_change(next, "status"));
  return report;
}

// The deployments a set concerns: its owner, or, when it has none, those that would take it.
std::vector<ObjectKey> deployments_of_set(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  for (const auto& object : {notice.old, notice.now}) {
    if (object == nullptr) continue;
    const meta::v1::OwnerReference* owner = controller_of(metadata_of(object));
    if (owner == nullptr || owner->kind != "Deployment") continue;
    ObjectKey key(notice.key.ns, owner->name);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  }
  if (notice.now == nullptr || controller_of(metadata_of(notice.now)) != nullptr) return keys;
  for (const auto& deployment : world.list<Deployment>(notice.key.ns)) {
    const auto selector = claiming_selector(deployment->spec.selector);
    if (!selector || !selector->matches(metadata_of(notice.now).labels)) continue;
    keys.emplace_back(notice.key.ns, deployment->metadata.name);
  }
  return keys;
}

// Recreate waits for the end of old pods, which the sets' status no longer counts while they end.
std::vector<ObjectKey> deployments_of_pod(const World& world, const client::Notice& notice) {
  if (notice.now != nullptr && !is_finished(*static_cast<const core::v1::Pod*>(notice.now.get()))) return {};
  const auto& object = notice.now != nullptr ? notice.now : notice.old;
  const meta::v1::OwnerReference* owner = controller_of(metadata_of(object));
  if (owner == nullptr || owner->kind != "ReplicaSet") return {};
  const auto set = world.get<ReplicaSet>(ObjectKey(notice.key.ns, owner->name));
  const meta::v1::OwnerReference* set_owner = set != nullptr ? controller_of(set->metadata) : nullptr;
  if (set_owner == nullptr || set_owner->kind != "Deployment") return {};
  ObjectKey key(notice.key.ns, set_owner->name);
  const auto deployment = world.get<Deployment>(key);
  if (deployment == nullptr || is_rolling(*deployment)) return {};
  return std::vector<ObjectKey>(1, key);
}

}  // namespace

std::vector<client::Source> DeploymentController::sources() const {
  return {client::own_source(model::type_info<Deployment>()),
          client::Source{&model::type_info<ReplicaSet>(), deployments_of_set, {by_controller_index()}},
          client::Source{&model::type_info<core::v1::Pod>(), deployments_of_pod, {by_controller_index()}}};
}

Result<Plan> DeploymentController::plan(const World& world, const ObjectKey& key) {
  const auto deployment = world.get<Deployment>(key);
  if (deployment == nullptr) return Plan();
  const auto selector = claiming_selector(deployment->spec.selector);
  if (!selector) return Plan();

  Rollout rollout;
  rollout.original = deployment;
  rollout.deployment = *deployment;
  rollout.now = world.now();
  claim_sets(world, *selector, rollout);
  DeploymentStatus status = step(rollout, world);
  write_sets(rollout);
  write_deployment(rollout, std::move(status));
  rollout.plan.on_failure = [deployment, now = world.now()](const Change& change, const Error& error) {
    return report_failure(*deployment, now, change, error);
  };
  return std::move(rollout.plan);
}

}  // namespace aloft::controllers
