// Sums over sets and the bounds of a rolling update.
#include "controllers/deployment_rollout.h"

namespace aloft::controllers {
namespace {

using apps::v1::Deployment;

// A count out of the replicas; a malformed share counts as 0 (validation lets none through).
std::int32_t share(const std::optional<model::IntOrString>& value, std::int32_t replicas,
                   model::IntOrString::Rounding rounding) {
  const auto count = value.value_or(model::IntOrString(0)).scaled(replicas, rounding);
  return count ? static_cast<std::int32_t>(*count) : 0;
}

struct Fences {
  std::int32_t surge = 0;
  std::int32_t unavailable = 0;
};

Fences fences(const Deployment& deployment) {
  Fences result;
  const std::int32_t replicas = deployment.spec.replicas.value_or(1);
  const auto& rolling = deployment.spec.strategy.rollingUpdate;
  const std::optional<model::IntOrString> usual("25%");
  result.surge = share(rolling ? rolling->maxSurge : usual, replicas, model::IntOrString::Rounding::up);
  result.unavailable =
      share(rolling ? rolling->maxUnavailable : usual, replicas, model::IntOrString::Rounding::down);
  if (result.surge == 0 && result.unavailable == 0) result.unavailable = 1;
  return result;
}

template <class Value>
std::int32_t sum(const Sets& sets, Value value) {
  std::int32_t total = 0;
  for (const WorkingSet* set : sets) total += value(*set);
  return total;
}

}  // namespace

Sets Rollout::old_sets() const {
  Sets old;
  for (const auto& set : sets) {
    if (set.get() != newest && !set->removed) old.push_back(set.get());
  }
  return old;
}

Sets Rollout::all_sets() const {
  Sets all = old_sets();
  if (newest != nullptr) all.push_back(newest);
  return all;
}

Sets active(const Sets& sets) {
  Sets found;
  std::ranges::copy_if(sets, std::back_inserter(found),
                       [](const WorkingSet* set) { return set->replicas() > 0; });
  return found;
}

std::int32_t total_replicas(const Sets& sets) {
  return sum(sets, [](const WorkingSet& set) { return set.replicas(); });
}
std::int32_t total_actual_replicas(const Sets& sets) {
  return sum(sets, [](const WorkingSet& set) { return set.set.status.replicas; });
}
std::int32_t total_ready_replicas(const Sets& sets) {
  return sum(sets, [](const WorkingSet& set) { return set.set.status.readyReplicas; });
}
std::int32_t total_available_replicas(const Sets& sets) {
  return sum(sets, [](const WorkingSet& set) { return set.set.status.availableReplicas; });
}

std::tuple<bool, model::Timestamp, std::string_view> age_of(const WorkingSet& set) {
  return {set.original == nullptr, set.set.metadata.creationTimestamp, set.set.metadata.name};
}

void sort_by_creation(Sets& sets) {
  std::ranges::sort(sets, {}, [](const WorkingSet* set) { return age_of(*set); });
}

bool is_rolling(const Deployment& deployment) { return deployment.spec.strategy.type != "Recreate"; }

std::int32_t max_unavailable(const Deployment& deployment) {
  const std::int32_t replicas = deployment.spec.replicas.value_or(1);
  if (!is_rolling(deployment) || replicas == 0) return 0;
  return std::min(fences(deployment).unavailable, replicas);
}

std::int32_t max_surge(const Deployment& deployment) {
  return is_rolling(deployment) ? fences(deployment).surge : 0;
}

}  // namespace aloft::controllers
