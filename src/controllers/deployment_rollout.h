// One Deployment in one plan: working copies of its ReplicaSets, to which the steps of a rollout apply what
// they decide, and from which the writes are worked out at the end by comparing with what was there.
#pragma once

#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

#include "client/reconcile.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"

namespace aloft::controllers {

inline constexpr std::string_view revision_annotation = "deployment.kubernetes.io/revision";
inline constexpr std::string_view revision_history_annotation = "deployment.kubernetes.io/revision-history";
inline constexpr std::string_view desired_replicas_annotation = "deployment.kubernetes.io/desired-replicas";
inline constexpr std::string_view max_replicas_annotation = "deployment.kubernetes.io/max-replicas";
inline constexpr std::string_view template_hash_label = "pod-template-hash";

// A ReplicaSet as it shall be, beside what it is; a new one has no original.
struct WorkingSet {
  std::shared_ptr<const apps::v1::ReplicaSet> original;
  apps::v1::ReplicaSet set;
  bool removed = false;
  std::int32_t replicas() const { return set.spec.replicas.value_or(1); }
};
using Sets = std::vector<WorkingSet*>;

// Lives for one plan.
struct Rollout {
  std::shared_ptr<const apps::v1::Deployment> original;
  apps::v1::Deployment deployment;  // the working copy: its conditions and revision annotation change
  WallTime now;
  std::vector<std::unique_ptr<WorkingSet>> sets;  // all, the oldest first
  WorkingSet* newest = nullptr;                   // the one of the current template
  client::Plan plan;

  std::int32_t replicas() const { return deployment.spec.replicas.value_or(1); }
  Sets old_sets() const;
  Sets all_sets() const;
};

// Those that shall have pods.
Sets active(const Sets& sets);
// Sums of what sets shall have (spec) and of what they have (status).
std::int32_t total_replicas(const Sets& sets);
std::int32_t total_actual_replicas(const Sets& sets);
std::int32_t total_ready_replicas(const Sets& sets);
std::int32_t total_available_replicas(const Sets& sets);
// Orders sets by age: the older is less, those of one second go by name, and what is not stored yet is the
// youngest.
std::tuple<bool, model::Timestamp, std::string_view> age_of(const WorkingSet& set);
// The older first.
void sort_by_creation(Sets& sets);

bool is_rolling(const apps::v1::Deployment& deployment);
// How many pods may be missing or surplus during a rolling update: shares of the replicas, missing ones
// rounded down and surplus ones up, and one may be missing when both are 0. 0 for other strategies.
std::int32_t max_unavailable(const apps::v1::Deployment& deployment);
std::int32_t max_surge(const apps::v1::Deployment& deployment);

}  // namespace aloft::controllers
