// What steers a pod to a node: node selectors, affinity, taints, tolerations, spreading.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/label_selector.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct NodeSelectorRequirement {
  std::string key;
  std::string operator_;
  std::vector<std::string> values;
  bool operator==(const NodeSelectorRequirement&) const = default;
};

struct NodeSelectorTerm {
  std::vector<NodeSelectorRequirement> matchExpressions;
  std::vector<NodeSelectorRequirement> matchFields;
  bool operator==(const NodeSelectorTerm&) const = default;
};

struct NodeSelector {
  std::vector<NodeSelectorTerm> nodeSelectorTerms;
  bool operator==(const NodeSelector&) const = default;
};

struct PreferredSchedulingTerm {
  std::int32_t weight = 0;
  NodeSelectorTerm preference;
  bool operator==(const PreferredSchedulingTerm&) const = default;
};

struct NodeAffinity {
  model::Box<NodeSelector> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<PreferredSchedulingTerm> preferredDuringSchedulingIgnoredDuringExecution;
  bool operator==(const NodeAffinity&) const = default;
};

struct PodAffinityTerm {
  model::Box<meta::v1::LabelSelector> labelSelector;
  std::vector<std::string> namespaces;
  std::string topologyKey;
  model::Box<meta::v1::LabelSelector> namespaceSelector;
  std::vector<std::string> matchLabelKeys;
  std::vector<std::string> mismatchLabelKeys;
  bool operator==(const PodAffinityTerm&) const = default;
};

struct WeightedPodAffinityTerm {
  std::int32_t weight = 0;
  PodAffinityTerm podAffinityTerm;
  bool operator==(const WeightedPodAffinityTerm&) const = default;
};

struct PodAffinity {
  std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution;
  bool operator==(const PodAffinity&) const = default;
};

struct PodAntiAffinity {
  std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution;
  bool operator==(const PodAntiAffinity&) const = default;
};

struct Affinity {
  model::Box<NodeAffinity> nodeAffinity;
  model::Box<PodAffinity> podAffinity;
  model::Box<PodAntiAffinity> podAntiAffinity;
  bool operator==(const Affinity&) const = default;
};

struct Taint {
  std::string key;
  std::string value;
  std::string effect;
  std::optional<model::Timestamp> timeAdded;
  bool operator==(const Taint&) const = default;
};

struct Toleration {
  std::string key;
  std::string operator_;
  std::string value;
  std::string effect;
  std::optional<std::int64_t> tolerationSeconds;
  bool operator==(const Toleration&) const = default;
};

struct TopologySpreadConstraint {
  std::int32_t maxSkew = 0;
  std::string topologyKey;
  std::string whenUnsatisfiable;
  model::Box<meta::v1::LabelSelector> labelSelector;
  std::optional<std::int32_t> minDomains;
  std::optional<std::string> nodeAffinityPolicy;
  std::optional<std::string> nodeTaintsPolicy;
  std::vector<std::string> matchLabelKeys;
  bool operator==(const TopologySpreadConstraint&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::NodeSelectorRequirement)
DECLARE_TYPE(core::v1::NodeSelectorTerm)
DECLARE_TYPE(core::v1::NodeSelector)
DECLARE_TYPE(core::v1::PreferredSchedulingTerm)
DECLARE_TYPE(core::v1::NodeAffinity)
DECLARE_TYPE(core::v1::PodAffinityTerm)
DECLARE_TYPE(core::v1::WeightedPodAffinityTerm)
DECLARE_TYPE(core::v1::PodAffinity)
DECLARE_TYPE(core::v1::PodAntiAffinity)
DECLARE_TYPE(core::v1::Affinity)
DECLARE_TYPE(core::v1::Taint)
DECLARE_TYPE(core::v1::Toleration)
DECLARE_TYPE(core::v1::TopologySpreadConstraint)
