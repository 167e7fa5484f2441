// Differences between what was known and what is, as events.
#include "scheduler/cache.h"

#include "base/ensure.h"

namespace aloft::scheduler {
Events Cache::set_node(std::shared_ptr<const core::v1::Node> node) {
  Events events;
  const NodeInfo* known = snapshot_.find(node->metadata.name);
  if (known == nullptr) {
    events.add(EventKind::node_added);
  } else {
    const core::v1::Node& old = known->node();
    if (old.status.allocatable != node->status.allocatable) events.add(EventKind::node_allocatable);
    if (old.metadata.labels != node->metadata.labels) events.add(EventKind::node_labels);
    if (old.spec.taints != node->spec.taints || old.spec.unschedulable != node->spec.unschedulable) {
      events.add(EventKind::node_taints);
    }
  }
  snapshot_.set_node(std::move(node));
  return events;
}

Events Cache::remove_node(const std::string& name) {
  snapshot_.remove_node(name);
  return {EventKind::node_removed};
}

Events Cache::set_pod(SharedPod pod) {
  Events events;
  const std::string& node_name = pod->pod->spec.nodeName;
  Placed& placed = pods_[pod->key];
  if (placed.pod == nullptr || placed.assumed) {
    events.add(EventKind::pod_added);
  } else if (placed.pod->labels() != pod->labels() || placed.pod->is_ending() != pod->is_ending()) {
    // Pods that are being removed no longer count where pods are spread.
    events.add(EventKind::pod_labels);
  }
  if (placed.pod != nullptr) {
    const bool moved = placed.node_name != node_name;
    if (moved || placed.pod->requests != pod->requests) events.add(EventKind::pod_removed);
    snapshot_.remove_pod(pod->key, placed.node_name);
  }
  placed.pod = pod;
  placed.node_name = node_name;
  placed.assumed = false;
  snapshot_.add_pod(std::move(pod), node_name);
  return events;
}

Events Cache::remove_pod(const std::string& key) {
  const auto found = pods_.find(key);
  if (found == pods_.end()) return {};
  snapshot_.remove_pod(key, found->second.node_name);
  pods_.erase(found);
  return {EventKind::pod_removed};
}

Events Cache::set_namespace(const core::v1::Namespace& ns) {
  Events events;
  const LabelMap* known = snapshot_.namespace_labels(ns.metadata.name);
  if (known == nullptr || *known != ns.metadata.labels) events.add(EventKind::namespace_labels);
  snapshot_.set_namespace(ns.metadata.name, ns.metadata.labels);
  return events;
}

void Cache::remove_namespace(const std::string& name) { snapshot_.remove_namespace(name); }

void Cache::assume(SharedPod pod, const std::string& node_name) {
  Placed& placed = pods_[pod->key];
  ensure(placed.pod == nullptr, "a pod is placed once");
  placed.pod = pod;
  placed.node_name = node_name;
  placed.assumed = true;
  snapshot_.add_pod(std::move(pod), node_name);
}

Events Cache::forget(const std::string& key, const std::string& uid) {
  const auto found = pods_.find(key);
  if (found == pods_.end() || !found->second.assumed) return {};
  if (found->second.pod->pod->metadata.uid != uid) return {};
  return remove_pod(key);
}

bool Cache::is_assumed(const std::string& key) const {
  const auto found = pods_.find(key);
  return found != pods_.end() && found->second.assumed;
}

}  // namespace aloft::scheduler
