// What the scheduler knows of the cluster: nodes and assigned pods as the API shows them, and the pods that
// it has just placed itself and the API does not show yet. Both count alike, so that two pods decided back to
// back never get the same room.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "model/kinds/core/v1/namespace.h"
#include "scheduler/framework/events.h"
#include "scheduler/framework/snapshot.h"

namespace aloft::scheduler {

// Lives on one loop. What changes tell what they amount to for pods that wait.
class Cache {
 public:
  const Snapshot& snapshot() const { return snapshot_; }
  // For trying what would be; it must be left as it was.
  Snapshot& draft() { return snapshot_; }

  Events set_node(std::shared_ptr<const core::v1::Node> node);
  Events remove_node(const std::string& name);
  // An assigned pod, as the API shows it; ends the reservation made for it.
  Events set_pod(SharedPod pod);
  Events remove_pod(const std::string& key);
  Events set_namespace(const core::v1::Namespace& ns);
  void remove_namespace(const std::string& name);

  // Reserves room for a pod that is about to be bound. It must not be here already (ensure).
  void assume(SharedPod pod, const std::string& node_name);
  // Gives the room back when the pod could not be bound; nothing when the pod is no longer assumed.
  Events forget(const std::string& key, const std::string& uid);
  bool is_assumed(const std::string& key) const;

 private:
  struct Placed {
    SharedPod pod;
    std::string node_name;
    bool assumed = false;
  };
  Snapshot snapshot_;
  std::unordered_map<std::string, Placed> pods_;
};

}  // namespace aloft::scheduler
