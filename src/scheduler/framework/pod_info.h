// A pod as the scheduler sees it: what it needs and what it demands, worked out once from its object.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/kinds/core/v1/pod.h"
#include "scheduler/framework/resources.h"
#include "scheduler/framework/selectors.h"

namespace aloft::scheduler {

// A port of the node itself that a pod takes.
struct HostPort {
  std::string ip;        // "0.0.0.0": every address of the node
  std::string protocol;  // "TCP", "UDP", "SCTP"
  std::int32_t port = 0;
  // The same port on the same address, where 0.0.0.0 is any.
  bool collides_with(const HostPort& other) const;
  auto operator<=>(const HostPort&) const = default;
};

// Immutable once made, so that the queue, the cache and a cycle share it.
struct PodInfo {
  explicit PodInfo(std::shared_ptr<const core::v1::Pod> object);

  const LabelMap& labels() const { return pod->metadata.labels; }
  const std::string& ns() const { return pod->metadata.namespace_; }
  bool is_gated() const { return !pod->spec.schedulingGates.empty(); }
  // Being removed.
  bool is_ending() const { return pod->metadata.deletionTimestamp.has_value(); }
  bool has_affinity() const {
    return !affinity.empty() || !preferred_affinity.empty() || !preferred_anti_affinity.empty();
  }

  std::shared_ptr<const core::v1::Pod> pod;
  std::string key;  // "namespace/name"
  // Equal for pods that are the same to every condition of other pods, and put the same conditions on them:
  // of one namespace, with equal labels and equal affinity. Pods of one template mostly are.
  std::string group;
  std::int32_t priority = 0;
  Resources requests;
  Resources scoring_requests;
  std::vector<HostPort> host_ports;
  NodeCondition nodes;
  std::vector<PreferredNodeTerm> preferred_nodes;
  std::vector<PodTerm> affinity;
  std::vector<PodTerm> anti_affinity;
  std::vector<PodTerm> preferred_affinity;
  std::vector<PodTerm> preferred_anti_affinity;
  std::vector<SpreadTerm> required_spread;
  std::vector<SpreadTerm> preferred_spread;
};

using SharedPod = std::shared_ptr<const PodInfo>;

}  // namespace aloft::scheduler
