// Room for an important pod that fits nowhere, by the removal of less important ones.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "scheduler/framework/cycle.h"

namespace aloft::scheduler {

// A node on which the pod fits once the victims, of whom none could stay, have gone.
struct Room {
  const NodeInfo* node = nullptr;
  std::vector<SharedPod> victims;  // the most important first
};

// Looks at `hopeful`, the nodes of a refusal, and gives the one where the least important pods go, then the
// fewest, then those that began last; upstream's order. nullopt: the removal of no pod of lower priority
// helps. Pods are taken from the snapshot and put back meanwhile.
std::optional<Room> find_room(Cycle& cycle, const PodInfo& pod, Snapshot& snapshot,
                              std::span<const NodeInfo* const> hopeful);

}  // namespace aloft::scheduler
