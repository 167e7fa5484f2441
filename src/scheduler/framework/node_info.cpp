// Sums that follow a node's pods.
#include "scheduler/framework/node_info.h"

#include "base/ensure.h"

namespace aloft::scheduler {

const std::string* NodeInfo::label(const std::string& key) const {
  const auto found = labels().find(key);
  return found == labels().end() ? nullptr : &found->second;
}

void NodeInfo::set_node(std::shared_ptr<const core::v1::Node> node) {
  node_ = std::move(node);
  allocatable_ = Resources::of(node_->status.allocatable);
  unschedulable_ = node_->spec.unschedulable;
  keeping_taints_.clear();
  avoided_taints_.clear();
  for (const core::v1::Taint& taint : node_->spec.taints) {
    if (taint.effect == "PreferNoSchedule") {
      avoided_taints_.push_back(taint);
    } else if (taint.effect == "NoSchedule" || taint.effect == "NoExecute") {
      KeepingTaint keeping;
      keeping.taint = taint;
      keeping.reason = fmt::format("node(s) had untolerated taint {{{}: {}}}", taint.key, taint.value);
      keeping_taints_.push_back(std::move(keeping));
    }
  }
}

void NodeInfo::clear_node() {
  node_ = nullptr;
  allocatable_ = Resources();
  unschedulable_ = false;
  keeping_taints_.clear();
  avoided_taints_.clear();
}

void NodeInfo::add_pod(SharedPod pod) {
  requested_.add(pod->requests);
  scoring_requested_.add(pod->scoring_requests);
  taken_ports_.insert(taken_ports_.end(), pod->host_ports.begin(), pod->host_ports.end());
  pods_.push_back(std::move(pod));
}

SharedPod NodeInfo::remove_pod(std::string_view key) {
  const auto at = std::ranges::find_if(pods_, [key](const SharedPod& pod) { return pod->key == key; });
  ensure(at != pods_.end(), "a pod is removed from the node that holds it");
  SharedPod pod = *at;
  requested_.subtract(pod->requests);
  scoring_requested_.subtract(pod->scoring_requests);
  for (const HostPort& port : pod->host_ports) taken_ports_.erase(std::ranges::find(taken_ports_, port));
  std::swap(*at, pods_.back());
  pods_.pop_back();
  return pod;
}

}  // namespace aloft::scheduler
