// One scheduling cycle: from a pod and the nodes as they are to the node it shall run on, or to why there is
// none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/random.h"
#include "scheduler/framework/plugin.h"

namespace aloft::scheduler {

// The plugins that take part, filters in the order in which they are asked. A node is refused by the first
// that does.
struct Profile {
  struct Weighted {
    std::shared_ptr<const Score> plugin;
    double weight = 1;
  };
  std::vector<std::shared_ptr<const Filter>> filters;
  std::vector<Weighted> scores;
};

// What became of the try to make room for a pod.
enum class RoomMaking {
  hopeless,  // the removal of no pod helps
  begun,     // pods are being removed for it
  waits,     // those of an earlier try still are
};

// Why a pod fits nowhere.
struct Refusal {
  std::size_t nodes = 0;
  // Reason and how many nodes it holds for.
  std::vector<std::pair<std::string, std::size_t>> reasons;
  std::size_t never = 0;                 // nodes that would not fit without their pods either
  std::vector<const NodeInfo*> hopeful;  // the others; hold for the cycle
  RoomMaking room_making = RoomMaking::hopeless;
  Events wakes_on;  // what may change the decision

  // As upstream tells it: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.
  // preemption: ...".
  std::string message(const PodInfo& pod) const;
};

struct Decision {
  const NodeInfo* node = nullptr;  // null: refused
  std::size_t fitting_nodes = 0;
  Refusal refusal;  // where there is no node
};

// Lives on one loop; keeps buffers from one decision to the next, so that deciding allocates nothing per
// node.
class Cycle {
 public:
  explicit Cycle(Profile profile);
  // Chance, asked for one number, decides among nodes that are equally good.
  Decision decide(const PodInfo& pod, const Snapshot& snapshot, Random& random);
  // Whether no filter refuses the node.
  bool fits(const PodInfo& pod, const Snapshot& snapshot, const NodeInfo& node);

 private:
  struct Active {
    const Filter* filter;
    std::unique_ptr<PluginState> state;
    bool refused = false;
  };
  // How many nodes were refused for which reason. Most nodes are refused for the reason of the one before.
  struct Tally {
    void add(std::string_view reason);
    std::unordered_map<std::string_view, std::size_t> counts;
    std::pair<const std::string_view, std::size_t>* last = nullptr;
  };
  void prepare(const PodInfo& pod, const Snapshot& snapshot);
  void filter_nodes(const PodInfo& pod, const Snapshot& snapshot, Tally& tally);
  Refusal explain(const Snapshot& snapshot, const Tally& tally);
  const NodeInfo* choose(const PodInfo& pod, const Snapshot& snapshot, Random& random);

  Profile profile_;
  std::vector<Active> active_;
  std::vector<const NodeInfo*> fitting_;
  std::vector<const NodeInfo*> hopeful_;  // refused, but not for ever
  std::vector<double> scores_;
  std::vector<double> totals_;
};

}  // namespace aloft::scheduler
