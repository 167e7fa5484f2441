// Bookkeeping of nodes that come and go in any order with their pods.
#include "scheduler/framework/snapshot.h"

#include <limits>

#include "base/ensure.h"

namespace aloft::scheduler {

const NodeInfo* Snapshot::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() || !found->second->is_known() ? nullptr : found->second.get();
}

const LabelMap* Snapshot::namespace_labels(std::string_view ns) const {
  const auto found = namespaces_.find(ns);
  return found == namespaces_.end() ? nullptr : &found->second;
}

std::int32_t Snapshot::lowest_priority() const {
  return priorities_.empty() ? std::numeric_limits<std::int32_t>::max() : priorities_.begin()->first;
}

NodeInfo& Snapshot::entry(const std::string& name) {
  auto& slot = by_name_[name];
  if (slot == nullptr) slot = std::make_unique<NodeInfo>(name);
  return *slot;
}

void Snapshot::drop_when_empty(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end() && !found->second->is_known() && found->second->pods().empty()) {
    by_name_.erase(found);
  }
}

void Snapshot::count(const NodeInfo& node, bool coming) {
  const auto change = [coming](std::size_t& counter, bool counts) {
    if (counts) counter = coming ? counter + 1 : counter - 1;
  };
  change(unschedulable_nodes_, node.is_unschedulable());
  change(keeping_nodes_, !node.keeping_taints().empty());
  change(avoided_nodes_, !node.avoided_taints().empty());
}

void Snapshot::set_node(std::shared_ptr<const core::v1::Node> node) {
  NodeInfo& info = entry(node->metadata.name);
  if (info.is_known()) {
    count(info, false);
  } else {
    info.index_ = nodes_.size();
    nodes_.push_back(&info);
  }
  info.set_node(std::move(node));
  count(info, true);
}

void Snapshot::remove_node(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || !found->second->is_known()) return;
  NodeInfo& info = *found->second;
  count(info, false);
  const NodeInfo* last = nodes_.back();
  by_name_.at(last->name())->index_ = info.index_;
  nodes_[info.index_] = last;
  nodes_.pop_back();
  info.clear_node();
  drop_when_empty(name);
}

void Snapshot::add_pod(SharedPod pod, const std::string& node_name) {
  if (!pod->anti_affinity.empty()) ++pods_with_anti_affinity_;
  if (pod->has_affinity()) ++pods_with_affinity_;
  ++priorities_[pod->priority];
  NodeInfo& node = entry(node_name);
  join_group(pod, node);
  node.add_pod(std::move(pod));
}

void Snapshot::remove_pod(std::string_view key, const std::string& node_name) {
  const auto found = by_name_.find(node_name);
  ensure(found != by_name_.end(), "a pod is removed from a node that is known");
  const SharedPod pod = found->second->remove_pod(key);
  leave_group(pod, *found->second);
  if (!pod->anti_affinity.empty()) --pods_with_anti_affinity_;
  if (pod->has_affinity()) --pods_with_affinity_;
  const auto alike = priorities_.find(pod->priority);
  if (--alike->second == 0) priorities_.erase(alike);
  drop_when_empty(node_name);
}

void Snapshot::join_group(const SharedPod& pod, const NodeInfo& node) {
  PodGroup& group = groups_[pod->group];
  if (group.example == nullptr) group.example = pod;
  PodGroup::Count& count = group.nodes[&node];
  ++count.pods;
  if (pod->is_ending()) ++count.ending;
}

void Snapshot::leave_group(const SharedPod& pod, const NodeInfo& node) {
  const auto group = groups_.find(pod->group);
  const auto at = group->second.nodes.find(&node);
  if (pod->is_ending()) --at->second.ending;
  if (--at->second.pods == 0) group->second.nodes.erase(at);
  if (group->second.nodes.empty()) groups_.erase(group);
}

void Snapshot::set_namespace(std::string ns, LabelMap labels) {
  namespaces_.insert_or_assign(std::move(ns), std::move(labels));
}

void Snapshot::remove_namespace(const std::string& ns) { namespaces_.erase(ns); }

}  // namespace aloft::scheduler
