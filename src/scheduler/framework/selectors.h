// The conditions that pods put on nodes and on each other, in a form that matches fast.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/kinds/core/v1/scheduling.h"
#include "model/selectors.h"

namespace aloft::scheduler {

using LabelMap = std::map<std::string, std::string>;

// One term of a node selector: everything in it must hold. A term without conditions, or with one that makes
// no sense (an unknown operator, Gt of a word), holds for no node, as upstream decides.
class NodeTerm {
 public:
  explicit NodeTerm(const core::v1::NodeSelectorTerm& term);
  bool matches(std::string_view node_name, const LabelMap& labels) const;
  bool empty() const { return labels_.empty() && fields_.empty(); }

 private:
  bool valid_ = true;
  model::LabelSelector labels_;
  model::LabelSelector fields_;  // of metadata.name
};

// The nodes that a pod allows: its nodeSelector, and at least one term of its required node affinity.
class NodeCondition {
 public:
  NodeCondition() = default;
  NodeCondition(const LabelMap& node_selector, const core::v1::NodeSelector* required);
  bool matches(std::string_view node_name, const LabelMap& labels) const;
  // Every node is allowed.
  bool empty() const { return selector_.empty() && !has_terms_; }

 private:
  model::LabelSelector selector_;
  bool has_terms_ = false;
  std::vector<NodeTerm> terms_;
};

struct PreferredNodeTerm {
  double weight = 0;
  NodeTerm term;
};

// Labels of namespaces, for terms that select namespaces by them.
class NamespaceLabels {
 public:
  virtual ~NamespaceLabels() = default;
  // Null for a namespace that is not known.
  virtual const LabelMap* namespace_labels(std::string_view ns) const = 0;
};

// A selector of pods by label that may also match none: an absent or senseless one.
class PodSelector {
 public:
  PodSelector() = default;
  // The keys are those of the pod that declares the selector: matching pods have the same value, or another
  // one.
  PodSelector(const meta::v1::LabelSelector* selector, const LabelMap& own_labels,
              const std::vector<std::string>& same_keys, const std::vector<std::string>& other_keys);
  bool matches(const LabelMap& labels) const { return selector_ && selector_->matches(labels); }

 private:
  std::optional<model::LabelSelector> selector_;
};

// One term of a pod's affinity or anti-affinity: which other pods it means, and within what (a node, a zone).
class PodTerm {
 public:
  PodTerm(const core::v1::PodAffinityTerm& term, const std::string& own_namespace, const LabelMap& own_labels,
          double weight);
  bool matches(std::string_view ns, const LabelMap& labels, const NamespaceLabels& namespaces) const;
  const std::string& topology_key() const { return topology_key_; }
  double weight() const { return weight_; }

 private:
  bool matches_namespace(std::string_view ns, const NamespaceLabels& namespaces) const;

  std::vector<std::string> namespaces_;
  std::optional<model::LabelSelector> namespace_selector_;
  PodSelector pods_;
  std::string topology_key_;
  double weight_;
};

// One topology spread constraint.
struct SpreadTerm {
  std::int64_t max_skew = 1;
  std::int64_t min_domains = 1;
  std::string topology_key;
  PodSelector pods;  // of the pod's own namespace
  // Nodes that the pod cannot use for its node affinity, or for their taints, count as no part of the
  // topology.
  bool honor_affinity = true;
  bool honor_taints = false;
};
SpreadTerm make_spread_term(const core::v1::TopologySpreadConstraint& constraint, const LabelMap& own_labels);

// True when one of the tolerations tolerates the taint.
bool is_tolerated(const std::vector<core::v1::Toleration>& tolerations, const core::v1::Taint& taint);

}  // namespace aloft::scheduler
