// A small cluster in memory for tests of filters, scores and cycles.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/framework/cycle.h"
#include "scheduler/plugins/all.h"
#include "scheduler/testing/objects.h"

namespace aloft::scheduler {

class Cluster {
 public:
  explicit Cluster(FitStrategy strategy = FitStrategy::best_fit) : cycle_(default_profile(strategy)) {}

  void add(core::v1::Node node) { snapshot_.set_node(share(std::move(node))); }
  // Puts the pod there whether it fits or not.
  void place(core::v1::Pod pod, const std::string& node_name) {
    snapshot_.add_pod(info_of(std::move(pod)), node_name);
  }
  // Where the pod goes; empty when nowhere.
  std::string decide(core::v1::Pod pod);
  // Decides and places it there.
  std::string schedule(core::v1::Pod pod);
  // The message that people read; empty when the pod fits.
  std::string why_not(core::v1::Pod pod);
  // The names of the nodes that one filter lets through.
  std::vector<std::string> allowed(const Filter& filter, core::v1::Pod pod) const;
  // One score for all nodes, normalised, by order of their names; empty when the plugin skips the pod.
  std::vector<double> scores(const Score& plugin, core::v1::Pod pod) const;
  Snapshot& snapshot() { return snapshot_; }

 private:
  std::vector<const NodeInfo*> nodes_by_name() const;
  Snapshot snapshot_;
  Cycle cycle_;
  SeededRandom random_{1};
};

}  // namespace aloft::scheduler
