// On each node all pods of lower priority go first; then, from the most important on, whoever may come back
// does.
#include "scheduler/framework/preemption.h"

#include <limits>
#include <tuple>

namespace aloft::scheduler {
namespace {

// As many nodes are looked at; in a large cluster the best of them is good enough.
constexpr std::size_t most_nodes = 100;

WallTime beginning_of(const core::v1::Pod& pod) {
  if (pod.status.startTime && pod.status.startTime->is_set()) return pod.status.startTime->time();
  if (pod.metadata.creationTimestamp.is_set()) return pod.metadata.creationTimestamp.time();
  return WallTime{Duration::max()};
}

bool is_more_important(const SharedPod& a, const SharedPod& b) {
  if (a->priority != b->priority) return a->priority > b->priority;
  const WallTime a_began = beginning_of(*a->pod);
  const WallTime b_began = beginning_of(*b->pod);
  return a_began != b_began ? a_began < b_began : a->key < b->key;
}

std::vector<SharedPod> victims_on(Cycle& cycle, const PodInfo& pod, Snapshot& snapshot,
                                  const NodeInfo& node) {
  std::vector<SharedPod> lower;
  std::ranges::copy_if(node.pods(), std::back_inserter(lower),
                       [&pod](const SharedPod& other) { return other->priority < pod.priority; });
  if (lower.empty()) return {};
  for (const SharedPod& other : lower) snapshot.remove_pod(other->key, node.name());
  std::vector<SharedPod> victims;
  const bool helps = cycle.fits(pod, snapshot, node);
  std::ranges::sort(lower, is_more_important);
  for (const SharedPod& other : lower) {
    snapshot.add_pod(other, node.name());
    if (!helps || cycle.fits(pod, snapshot, node)) continue;
    snapshot.remove_pod(other->key, node.name());
    victims.push_back(other);
  }
  for (const SharedPod& victim : victims) snapshot.add_pod(victim, node.name());
  return victims;
}

// What the removal of these pods costs; less is better.
std::tuple<std::int32_t, std::int64_t, std::int64_t> cost_of(const std::vector<SharedPod>& victims) {
  constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
  std::int64_t sum = 0;
  // Counted from the least priority on, so that more pods cost more whatever their priority.
  for (const SharedPod& victim : victims) sum += victim->priority - least + 1;
  const std::int64_t began = beginning_of(*victims.front()->pod).since_epoch.count();
  return {victims.front()->priority, sum, -began};
}

}  // namespace

std::optional<Room> find_room(Cycle& cycle, const PodInfo& pod, Snapshot& snapshot,
                              std::span<const NodeInfo* const> hopeful) {
  std::optional<Room> best;
  if (snapshot.lowest_priority() >= pod.priority) return best;
  std::size_t looked_at = 0;
  for (const NodeInfo* node : hopeful) {
    if (looked_at == most_nodes) break;
    std::vector<SharedPod> victims = victims_on(cycle, pod, snapshot, *node);
    if (victims.empty()) continue;
    ++looked_at;
    if (best && cost_of(best->victims) <= cost_of(victims)) continue;
    best.emplace();
    best->node = node;
    best->victims = std::move(victims);
  }
  return best;
}

}  // namespace aloft::scheduler
