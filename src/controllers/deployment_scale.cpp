// The arithmetic of rolling updates and of proportional scaling, as upstream's deployment controller does it:
// an update never takes more than maxUnavailable of the wished pods away and never runs more than maxSurge
// beyond the wish.
#include "controllers/deployment_scale.h"

#include <charconv>
#include <cmath>

namespace aloft::controllers {
namespace {

using apps::v1::Deployment;
using apps::v1::ReplicaSet;

std::optional<std::int32_t> number_in(const ReplicaSet& set, std::string_view annotation) {
  const auto found = set.metadata.annotations.find(std::string(annotation));
  if (found == set.metadata.annotations.end()) return std::nullopt;
  const std::string& text = found->second;
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void resize(Rollout& rollout, WorkingSet& set, std::int32_t replicas) {
  set.set.spec.replicas = replicas;
  annotate_replicas(set.set, rollout.deployment);
}

// The one set that scaling is about: the only active one, else, with none active, the newest or the latest.
WorkingSet* active_or_latest(const Rollout& rollout) {
  const Sets running = active(rollout.all_sets());
  if (running.size() == 1) return running.front();
  if (!running.empty()) return nullptr;
  if (rollout.newest != nullptr) return rollout.newest;
  Sets old = rollout.old_sets();
  sort_by_creation(old);
  return old.empty() ? nullptr : old.back();
}

bool is_saturated(const Rollout& rollout) {
  if (rollout.newest == nullptr) return false;
  const ReplicaSet& set = rollout.newest->set;
  return rollout.newest->replicas() == rollout.replicas() &&
         number_in(set, desired_replicas_annotation) == rollout.replicas() &&
         set.status.availableReplicas == rollout.replicas();
}

// By how much the set would grow or shrink with the deployment.
std::int32_t fraction(const Rollout& rollout, const WorkingSet& set) {
  if (rollout.replicas() == 0) return -set.replicas();
  const double most = rollout.replicas() + max_surge(rollout.deployment);
  std::int32_t before = number_in(set.set, max_replicas_annotation).value_or(0);
  if (before == 0) before = rollout.deployment.status.replicas;
  if (before == 0) return 0;
  return static_cast<std::int32_t>(std::lround(set.replicas() * most / before)) - set.replicas();
}

std::int32_t proportion(const Rollout& rollout, const WorkingSet& set, std::int32_t to_add,
                        std::int32_t added) {
  if (set.replicas() == 0 || to_add == 0 || to_add == added) return 0;
  const std::int32_t allowed = to_add - added;
  const std::int32_t wanted = fraction(rollout, set);
  return to_add > 0 ? std::min(wanted, allowed) : std::max(wanted, allowed);
}

void scale_in_proportion(Rollout& rollout) {
  Sets sets = active(rollout.all_sets());
  const std::int32_t allowed =
      rollout.replicas() > 0 ? rollout.replicas() + max_surge(rollout.deployment) : 0;
  const std::int32_t to_add = allowed - total_replicas(sets);
  // Larger sets give or take first; of equal ones newer sets grow first and older ones shrink first.
  std::ranges::sort(sets, [to_add](const WorkingSet* a, const WorkingSet* b) {
    if (a->replicas() != b->replicas()) return a->replicas() > b->replicas();
    return to_add > 0 ? age_of(*b) < age_of(*a) : age_of(*a) < age_of(*b);
  });
  std::int32_t added = 0;
  std::vector<std::int32_t> sizes;
  for (const WorkingSet* set : sets) {
    const std::int32_t part = proportion(rollout, *set, to_add, added);
    sizes.push_back(set->replicas() + part);
    added += part;
  }
  if (!sizes.empty()) sizes.front() = std::max(0, sizes.front() + to_add - added);
  for (std::size_t i = 0; i < sets.size(); ++i) resize(rollout, *sets[i], sizes[i]);
}

Step step_newest(Rollout& rollout) {
  WorkingSet& newest = *rollout.newest;
  const std::int32_t size =
      newest.replicas() > rollout.replicas() ? rollout.replicas() : new_set_size(rollout);
  if (size == newest.replicas()) return Step::nothing_to_do;
  resize(rollout, newest, size);
  return Step::took;
}

// Takes away from old sets what is not available anyway; gives how many pods.
std::int32_t drop_unavailable(Rollout& rollout, const Sets& old, std::int32_t most) {
  std::int32_t dropped = 0;
  for (WorkingSet* set : old) {
    if (dropped >= most) break;
    const std::int32_t unavailable = set->replicas() - set->set.status.availableReplicas;
    if (set->replicas() == 0 || unavailable <= 0) continue;
    const std::int32_t count = std::min(most - dropped, unavailable);
    resize(rollout, *set, set->replicas() - count);
    dropped += count;
  }
  return dropped;
}

std::int32_t drop_available(Rollout& rollout, const Sets& old, std::int32_t least_available) {
  const std::int32_t most = total_available_replicas(rollout.all_sets()) - least_available;
  std::int32_t dropped = 0;
  for (WorkingSet* set : old) {
    if (dropped >= most) break;
    const std::int32_t count = std::min(most - dropped, set->replicas());
    if (count == 0) continue;
    resize(rollout, *set, set->replicas() - count);
    dropped += count;
  }
  return dropped;
}

Step step_old(Rollout& rollout) {
  Sets old = active(rollout.old_sets());
  if (old.empty()) return Step::nothing_to_do;
  const std::int32_t least_available = rollout.replicas() - max_unavailable(rollout.deployment);
  const std::int32_t newest_unavailable =
      rollout.newest->replicas() - rollout.newest->set.status.availableReplicas;
  const std::int32_t most = total_replicas(rollout.all_sets()) - least_available - newest_unavailable;
  if (most <= 0) return Step::nothing_to_do;
  sort_by_creation(old);
  const std::int32_t unavailable = drop_unavailable(rollout, old, most);
  const std::int32_t available = drop_available(rollout, old, least_available);
  return unavailable + available > 0 ? Step::took : Step::nothing_to_do;
}

}  // namespace

std::int32_t new_set_size(const Rollout& rollout) {
  if (!is_rolling(rollout.deployment)) return rollout.replicas();
  const std::int32_t current = rollout.newest->replicas();
  const std::int32_t room =
      rollout.replicas() + max_surge(rollout.deployment) - total_replicas(rollout.all_sets());
  if (room <= 0) return current;
  return current + std::min(room, rollout.replicas() - current);
}

void annotate_replicas(ReplicaSet& set, const Deployment& deployment) {
  const std::int32_t desired = deployment.spec.replicas.value_or(1);
  auto& annotations = set.metadata.annotations;
  annotations[std::string(desired_replicas_annotation)] = std::to_string(desired);
  annotations[std::string(max_replicas_annotation)] = std::to_string(desired + max_surge(deployment));
}

bool is_scaling(const Rollout& rollout) {
  return std::ranges::any_of(active(rollout.all_sets()), [&](const WorkingSet* set) {
    const auto desired = number_in(set->set, desired_replicas_annotation);
    return desired && *desired != rollout.replicas();
  });
}

Step scale(Rollout& rollout) {
  if (WorkingSet* only = active_or_latest(rollout)) {
    resize(rollout, *only, rollout.replicas());
    return Step::took;
  }
  if (is_saturated(rollout)) return scale_old_to_zero(rollout);
  if (!is_rolling(rollout.deployment)) return Step::nothing_to_do;
  scale_in_proportion(rollout);
  return Step::took;
}

Step step_rolling(Rollout& rollout) {
  if (step_newest(rollout) == Step::took) return Step::took;
  return step_old(rollout);
}

Step scale_old_to_zero(Rollout& rollout) {
  const Sets old = active(rollout.old_sets());
  for (WorkingSet* set : old) resize(rollout, *set, 0);
  return old.empty() ? Step::nothing_to_do : Step::took;
}

void scale_newest_fully(Rollout& rollout) {
  if (rollout.newest->replicas() != rollout.replicas()) resize(rollout, *rollout.newest, rollout.replicas());
}

}  // namespace aloft::controllers
