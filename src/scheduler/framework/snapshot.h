// The nodes of a cluster with their pods, as one scheduling cycle sees them. Changes cost what they change;
// nothing is copied for a cycle, which runs from start to end without a change between.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scheduler/framework/node_info.h"

namespace aloft::scheduler {

// Assigned pods that are alike for all conditions on other pods (PodInfo::group), so that one look at one of
// them does for all.
struct PodGroup {
  struct Count {
    std::int64_t pods = 0;
    std::int64_t ending = 0;  // of them: being removed
  };
  SharedPod example;
  // Where they are; also nodes that are not known.
  std::unordered_map<const NodeInfo*, Count> nodes;
};

// Lives on one loop.
class Snapshot final : public NamespaceLabels {
 public:
  // The nodes whose objects are known. The order is that of no particular thing, and stays while nodes stay.
  const std::vector<const NodeInfo*>& nodes() const { return nodes_; }
  // Null for a node that is not known.
  const NodeInfo* find(const std::string& name) const;
  const LabelMap* namespace_labels(std::string_view ns) const override;

  const std::unordered_map<std::string, PodGroup>& groups() const { return groups_; }

  // How many nodes or pods carry something that only some plugins look at; where there are none, they look at
  // no node.
  std::size_t unschedulable_nodes() const { return unschedulable_nodes_; }
  std::size_t keeping_nodes() const { return keeping_nodes_; }
  std::size_t avoided_nodes() const { return avoided_nodes_; }
  std::size_t pods_with_anti_affinity() const { return pods_with_anti_affinity_; }
  // With required affinity, or any preferred terms.
  std::size_t pods_with_affinity() const { return pods_with_affinity_; }

  // Of all pods on nodes; the highest number where there are none.
  std::int32_t lowest_priority() const;

  void set_node(std::shared_ptr<const core::v1::Node> node);
  // Pods of it stay until they are removed themselves, in case the node comes back.
  void remove_node(const std::string& name);
  // The key must not be on a node already (ensure).
  void add_pod(SharedPod pod, const std::string& node_name);
  void remove_pod(std::string_view key, const std::string& node_name);
  void set_namespace(std::string ns, LabelMap labels);
  void remove_namespace(const std::string& ns);

 private:
  NodeInfo& entry(const std::string& name);
  void drop_when_empty(const std::string& name);
  void count(const NodeInfo& node, bool coming);
  void join_group(const SharedPod& pod, const NodeInfo& node);
  void leave_group(const SharedPod& pod, const NodeInfo& node);

  std::unordered_map<std::string, std::unique_ptr<NodeInfo>> by_name_;
  std::vector<const NodeInfo*> nodes_;
  std::unordered_map<std::string, PodGroup> groups_;
  std::map<std::string, LabelMap, std::less<>> namespaces_;
  std::map<std::int32_t, std::size_t> priorities_;  // how many pods have each
  std::size_t unschedulable_nodes_ = 0;
  std::size_t keeping_nodes_ = 0;
  std::size_t avoided_nodes_ = 0;
  std::size_t pods_with_anti_affinity_ = 0;
  std::size_t pods_with_affinity_ = 0;
};

}  // namespace aloft::scheduler
