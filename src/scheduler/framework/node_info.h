// A node as the scheduler sees it: what it has, what its pods take, and who they are. Sums are kept as pods
// come and go, so that asking whether a pod fits looks at no other pod.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/kinds/core/v1/node.h"
#include "scheduler/framework/pod_info.h"

namespace aloft::scheduler {

// A taint that keeps pods away, with what to tell about it.
struct KeepingTaint {
  core::v1::Taint taint;
  std::string reason;  // "node(s) had untolerated taint {key: value}"
};

// Part of a Snapshot, which alone changes it.
class NodeInfo {
 public:
  explicit NodeInfo(std::string name) : name_(std::move(name)) {}
  NodeInfo(const NodeInfo&) = delete;
  NodeInfo& operator=(const NodeInfo&) = delete;

  const std::string& name() const { return name_; }
  // The node's object is known; pods may be before it is.
  bool is_known() const { return node_ != nullptr; }
  const core::v1::Node& node() const { return *node_; }
  const LabelMap& labels() const { return node_->metadata.labels; }
  // Null when the node has no such label.
  const std::string* label(const std::string& key) const;

  const Resources& allocatable() const { return allocatable_; }
  const Resources& requested() const { return requested_; }
  // With the usual amounts for containers that request nothing; for comparing nodes.
  const Resources& scoring_requested() const { return scoring_requested_; }
  bool is_unschedulable() const { return unschedulable_; }
  // Of effect NoSchedule or NoExecute.
  const std::vector<KeepingTaint>& keeping_taints() const { return keeping_taints_; }
  // Of effect PreferNoSchedule.
  const std::vector<core::v1::Taint>& avoided_taints() const { return avoided_taints_; }
  const std::vector<SharedPod>& pods() const { return pods_; }
  const std::vector<HostPort>& taken_ports() const { return taken_ports_; }

 private:
  friend class Snapshot;
  void set_node(std::shared_ptr<const core::v1::Node> node);
  void clear_node();
  void add_pod(SharedPod pod);
  SharedPod remove_pod(std::string_view key);

  Resources allocatable_;
  Resources requested_;
  Resources scoring_requested_;
  bool unschedulable_ = false;
  std::size_t index_ = 0;  // in the snapshot's list
  std::vector<KeepingTaint> keeping_taints_;
  std::vector<core::v1::Taint> avoided_taints_;
  std::shared_ptr<const core::v1::Node> node_;
  std::string name_;
  std::vector<SharedPod> pods_;
  std::vector<HostPort> taken_ports_;
};

}  // namespace aloft::scheduler
