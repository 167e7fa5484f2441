// Watches over the nodes: one whose heartbeats stop becomes Unknown, its pods are marked not ready, and
// taints keep pods away from it; pressures and cordoning become taints too.
#pragma once

#include <map>
#include <string>

#include "client/reconcile.h"

namespace aloft::controllers {

struct NodeLifecycleSettings {
  Duration lost_after = 6s;      // without a new heartbeat
  Duration startup_grace = 60s;  // for a node that has never reported
};

// Reads Nodes, Leases of kube-node-lease and Pods; writes Nodes and the status of Pods. Keys are Nodes. Lives
// on the loop of its runner. Remembers when it first saw each node's newest heartbeat, so that the clocks of
// machines need not agree and its own absence is no node's fault.
class NodeLifecycleController final : public client::Controller {
 public:
  explicit NodeLifecycleController(NodeLifecycleSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "node-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  struct Observed {
    std::string uid;
    std::string heartbeat;
    WallTime at;
  };

  NodeLifecycleSettings settings_;
  std::map<std::string, Observed> observed_;
};

}  // namespace aloft::controllers
