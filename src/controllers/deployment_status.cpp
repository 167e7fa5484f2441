// Progress is judged by comparing the new counts with those of the last status: anything that came nearer to
// the wish is progress, and without any for progressDeadlineSeconds the rollout is called stuck.
#include "controllers/deployment_status.h"

#include <limits>

namespace aloft::controllers {
namespace {

using apps::v1::Deployment;
using apps::v1::DeploymentCondition;
using apps::v1::DeploymentStatus;

// The reasons are part of the interface: `kubectl rollout status` reads the third.
constexpr std::string_view available_reason = "NewReplicaSetAvailable";
constexpr std::string_view updated_reason = "ReplicaSetUpdated";
constexpr std::string_view late_reason = "ProgressDeadlineExceeded";
constexpr std::string_view paused_reason = "DeploymentPaused";

bool is_progressing(const DeploymentStatus& before, const DeploymentStatus& now) {
  return now.updatedReplicas > before.updatedReplicas || now.readyReplicas > before.readyReplicas ||
         now.availableReplicas > before.availableReplicas ||
         now.replicas - now.updatedReplicas < before.replicas - before.updatedReplicas;
}

std::optional<WallTime> deadline(const Deployment& deployment, const DeploymentStatus& status) {
  const DeploymentCondition* progressing = find_condition(status, "Progressing");
  if (progressing == nullptr || !progressing->lastUpdateTime.is_set()) return std::nullopt;
  return progressing->lastUpdateTime.time() + std::chrono::seconds(*deployment.spec.progressDeadlineSeconds);
}

bool is_late(const Deployment& deployment, const DeploymentStatus& status, WallTime now) {
  const DeploymentCondition* progressing = find_condition(status, "Progressing");
  if (progressing == nullptr || progressing->reason == available_reason) return false;
  if (progressing->reason == late_reason) return true;
  const auto until = deadline(deployment, status);
  return until && *until < now;
}

// "ReplicaSet "web-5d59d67564" is progressing.", or the deployment where there is no set.
std::string about(const Rollout& rollout, std::string_view what) {
  if (rollout.newest != nullptr)
    return fmt::format("ReplicaSet \"{}\" {}", rollout.newest->set.metadata.name, what);
  return fmt::format("Deployment \"{}\" {}", rollout.deployment.metadata.name, what);
}

void judge_progress(const Rollout& rollout, DeploymentStatus& status) {
  const Deployment& deployment = rollout.deployment;
  const DeploymentCondition* current = find_condition(deployment.status, "Progressing");
  const bool was_complete =
      status.replicas == status.updatedReplicas && current != nullptr && current->reason == available_reason;
  if (was_complete) return;
  if (is_complete(deployment, status)) {
    set_condition(status, make_condition("Progressing", "True", std::string(available_reason),
                                         about(rollout, "has successfully progressed."), rollout.now));
  } else if (is_progressing(deployment.status, status)) {
    DeploymentCondition condition = make_condition("Progressing", "True", std::string(updated_reason),
                                                   about(rollout, "is progressing."), rollout.now);
    if (current != nullptr && current->status == "True")
      condition.lastTransitionTime = current->lastTransitionTime;
    // The time of the last progress must move, though status and reason are the same.
    remove_condition(status, "Progressing");
    set_condition(status, std::move(condition));
  } else if (is_late(deployment, status, rollout.now)) {
    set_condition(status, make_condition("Progressing", "False", std::string(late_reason),
                                         about(rollout, "has timed out progressing."), rollout.now));
  }
}

// The newest set's failure to make pods counts before those of others.
void judge_failures(const Rollout& rollout, DeploymentStatus& status) {
  Sets sets = rollout.old_sets();
  if (rollout.newest != nullptr) sets.insert(sets.begin(), rollout.newest);
  for (const WorkingSet* set : sets) {
    for (const auto& failure : set->set.status.conditions) {
      if (failure.type != "ReplicaFailure") continue;
      DeploymentCondition condition;
      condition.type = failure.type;
      condition.status = failure.status;
      condition.lastUpdateTime = failure.lastTransitionTime;
      condition.lastTransitionTime = failure.lastTransitionTime;
      condition.reason = failure.reason;
      condition.message = failure.message;
      set_condition(status, std::move(condition));
      return;
    }
  }
  remove_condition(status, "ReplicaFailure");
}

// A second later than the deadline, because conditions keep whole seconds.
std::optional<Duration> until_deadline(const Deployment& deployment, const DeploymentStatus& status,
                                       WallTime now) {
  const DeploymentCondition* progressing = find_condition(status, "Progressing");
  if (!has_progress_deadline(deployment) || progressing == nullptr || deployment.spec.paused)
    return std::nullopt;
  if (is_complete(deployment, status) || progressing->reason == late_reason) return std::nullopt;
  const auto until = deadline(deployment, status);
  if (!until) return std::nullopt;
  return std::max(Duration(1s), *until - now + 1s);
}

}  // namespace

const DeploymentCondition* find_condition(const DeploymentStatus& status, std::string_view type) {
  const auto found = std::ranges::find(status.conditions, type, &DeploymentCondition::type);
  return found == status.conditions.end() ? nullptr : &*found;
}

void set_condition(DeploymentStatus& status, DeploymentCondition condition) {
  if (const DeploymentCondition* current = find_condition(status, condition.type)) {
    if (current->status == condition.status && current->reason == condition.reason) return;
    if (current->status == condition.status) condition.lastTransitionTime = current->lastTransitionTime;
  }
  remove_condition(status, condition.type);
  status.conditions.push_back(std::move(condition));
}

void remove_condition(DeploymentStatus& status, std::string_view type) {
  std::erase_if(status.conditions,
                [&](const DeploymentCondition& condition) { return condition.type == type; });
}

DeploymentCondition make_condition(std::string type, std::string status, std::string reason,
                                   std::string message, WallTime now) {
  DeploymentCondition condition;
  condition.type = std::move(type);
  condition.status = std::move(status);
  condition.lastUpdateTime = now;
  condition.lastTransitionTime = now;
  condition.reason = std::move(reason);
  condition.message = std::move(message);
  return condition;
}

bool has_progress_deadline(const Deployment& deployment) {
  const auto& deadline_seconds = deployment.spec.progressDeadlineSeconds;
  return deadline_seconds && *deadline_seconds != std::numeric_limits<std::int32_t>::max();
}

void note_pause(Rollout& rollout) {
  Deployment& deployment = rollout.deployment;
  if (!has_progress_deadline(deployment)) return;
  const DeploymentCondition* progressing = find_condition(deployment.status, "Progressing");
  if (progressing != nullptr && progressing->reason == late_reason) return;
  const bool noted = progressing != nullptr && progressing->reason == paused_reason;
  if (deployment.spec.paused && !noted) {
    set_condition(deployment.status, make_condition("Progressing", "Unknown", std::string(paused_reason),
                                                    "Deployment is paused", rollout.now));
  } else if (!deployment.spec.paused && noted) {
    set_condition(deployment.status, make_condition("Progressing", "Unknown", "DeploymentResumed",
                                                    "Deployment is resumed", rollout.now));
  }
}

bool is_complete(const Deployment& deployment, const DeploymentStatus& status) {
  const std::int32_t replicas = deployment.spec.replicas.value_or(1);
  return status.updatedReplicas == replicas && status.replicas == replicas &&
         status.availableReplicas == replicas && status.observedGeneration >= deployment.metadata.generation;
}

DeploymentStatus count(const Rollout& rollout) {
  const Sets all = rollout.all_sets();
  DeploymentStatus status;
  status.observedGeneration = rollout.deployment.metadata.generation;
  status.replicas = total_actual_replicas(all);
  status.updatedReplicas = rollout.newest != nullptr ? rollout.newest->set.status.replicas : 0;
  status.readyReplicas = total_ready_replicas(all);
  status.availableReplicas = total_available_replicas(all);
  status.unavailableReplicas = std::max(0, total_replicas(all) - status.availableReplicas);
  status.collisionCount = rollout.deployment.status.collisionCount;
  status.conditions = rollout.deployment.status.conditions;
  if (status.availableReplicas >= rollout.replicas() - max_unavailable(rollout.deployment)) {
    set_condition(status, make_condition("Available", "True", "MinimumReplicasAvailable",
                                         "Deployment has minimum availability.", rollout.now));
  } else {
    set_condition(status, make_condition("Available", "False", "MinimumReplicasUnavailable",
                                         "Deployment does not have minimum availability.", rollout.now));
  }
  return status;
}

DeploymentStatus judge(Rollout& rollout) {
  DeploymentStatus status = count(rollout);
  if (has_progress_deadline(rollout.deployment)) {
    judge_progress(rollout, status);
  } else {
    remove_condition(status, "Progressing");
  }
  judge_failures(rollout, status);
  rollout.plan.again = until_deadline(rollout.deployment, status, rollout.now);
  return status;
}

}  // namespace aloft::controllers
