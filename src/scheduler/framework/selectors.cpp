// Upstream's rules for conditions that are empty, absent or senseless, decided once when a pod becomes known.
#include "scheduler/framework/selectors.h"

#include <charconv>

#include "model/kinds/meta/v1/selector.h"

namespace aloft::scheduler {
namespace {

using core::v1::NodeSelectorRequirement;
using Operator = model::LabelRequirement::Operator;

constexpr std::string_view name_field = "metadata.name";

std::optional<Operator> parse_operator(std::string_view text) {
  if (text == "In") return Operator::in;
  if (text == "NotIn") return Operator::not_in;
  if (text == "Exists") return Operator::exists;
  if (text == "DoesNotExist") return Operator::does_not_exist;
  if (text == "Gt") return Operator::greater;
  if (text == "Lt") return Operator::less;
  return std::nullopt;
}

bool is_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool makes_sense(Operator op, const std::vector<std::string>& values) {
  switch (op) {
    case Operator::in:
    case Operator::not_in:
      return !values.empty();
    case Operator::greater:
    case Operator::less:
      return values.size() == 1 && is_integer(values.front());
    default:
      return values.empty();
  }
}

std::optional<model::LabelRequirement> compile(const NodeSelectorRequirement& expression) {
  const auto op = parse_operator(expression.operator_);
  if (!op || !makes_sense(*op, expression.values)) return std::nullopt;
  model::LabelRequirement requirement;
  requirement.op = *op;
  requirement.key = expression.key;
  requirement.values = expression.values;
  std::ranges::sort(requirement.values);
  return requirement;
}

void add_own_value(model::LabelSelector& selector, const LabelMap& own_labels, const std::string& key,
                   Operator op) {
  const auto own = own_labels.find(key);
  if (own == own_labels.end()) return;
  model::LabelRequirement requirement;
  requirement.op = op;
  requirement.key = key;
  requirement.values.push_back(own->second);
  selector.add(std::move(requirement));
}

bool tolerates(const core::v1::Toleration& toleration, const core::v1::Taint& taint) {
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.operator_ == "Exists") return true;
  const bool equal = toleration.operator_.empty() || toleration.operator_ == "Equal";
  return equal && toleration.value == taint.value;
}

}  // namespace

NodeTerm::NodeTerm(const core::v1::NodeSelectorTerm& term) {
  for (const NodeSelectorRequirement& expression : term.matchExpressions) {
    auto requirement = compile(expression);
    valid_ = valid_ && requirement.has_value();
    if (requirement) labels_.add(std::move(*requirement));
  }
  for (const NodeSelectorRequirement& expression : term.matchFields) {
    auto requirement = compile(expression);
    const bool selects_name = requirement && requirement->key == name_field &&
                              (requirement->op == Operator::in || requirement->op == Operator::not_in);
    valid_ = valid_ && selects_name;
    if (selects_name) fields_.add(std::move(*requirement));
  }
}

bool NodeTerm::matches(std::string_view node_name, const LabelMap& labels) const {
  if (!valid_ || empty()) return false;
  if (!fields_.empty()) {
    const bool named = fields_.matches([node_name](std::string_view) { return std::optional(node_name); });
    if (!named) return false;
  }
  return labels_.matches(labels);
}

NodeCondition::NodeCondition(const LabelMap& node_selector, const core::v1::NodeSelector* required)
    : selector_(model::LabelSelector::of(node_selector)), has_terms_(required != nullptr) {
  if (required == nullptr) return;
  for (const auto& term : required->nodeSelectorTerms) terms_.emplace_back(term);
}

bool NodeCondition::matches(std::string_view node_name, const LabelMap& labels) const {
  if (!selector_.matches(labels)) return false;
  if (!has_terms_) return true;
  return std::ranges::any_of(terms_, [&](const NodeTerm& term) { return term.matches(node_name, labels); });
}

PodSelector::PodSelector(const meta::v1::LabelSelector* selector, const LabelMap& own_labels,
                         const std::vector<std::string>& same_keys,
                         const std::vector<std::string>& other_keys) {
  if (selector == nullptr) return;
  auto compiled = meta::v1::to_selector(*selector);
  if (!compiled) return;
  for (const std::string& key : same_keys) add_own_value(*compiled, own_labels, key, Operator::in);
  for (const std::string& key : other_keys) add_own_value(*compiled, own_labels, key, Operator::not_in);
  selector_ = std::move(*compiled);
}

PodTerm::PodTerm(const core::v1::PodAffinityTerm& term, const std::string& own_namespace,
                 const LabelMap& own_labels, double weight)
    : namespaces_(term.namespaces),
      pods_(term.labelSelector ? &*term.labelSelector : nullptr, own_labels, term.matchLabelKeys,
            term.mismatchLabelKeys),
      topology_key_(term.topologyKey),
      weight_(weight) {
  if (namespaces_.empty() && !term.namespaceSelector) namespaces_.push_back(own_namespace);
  if (!term.namespaceSelector) return;
  auto compiled = meta::v1::to_selector(*term.namespaceSelector);
  if (compiled) namespace_selector_ = std::move(*compiled);
}

bool PodTerm::matches_namespace(std::string_view ns, const NamespaceLabels& namespaces) const {
  if (std::ranges::find(namespaces_, ns) != namespaces_.end()) return true;
  if (!namespace_selector_) return false;
  if (namespace_selector_->empty()) return true;
  const LabelMap* labels = namespaces.namespace_labels(ns);
  return labels != nullptr && namespace_selector_->matches(*labels);
}

bool PodTerm::matches(std::string_view ns, const LabelMap& labels, const NamespaceLabels& namespaces) const {
  return matches_namespace(ns, namespaces) && pods_.matches(labels);
}

SpreadTerm make_spread_term(const core::v1::TopologySpreadConstraint& constraint,
                            const LabelMap& own_labels) {
  SpreadTerm term;
  term.max_skew = constraint.maxSkew;
  term.min_domains = constraint.minDomains.value_or(1);
  term.topology_key = constraint.topologyKey;
  term.pods = PodSelector(constraint.labelSelector ? &*constraint.labelSelector : nullptr, own_labels,
                          constraint.matchLabelKeys, {});
  term.honor_affinity = constraint.nodeAffinityPolicy.value_or("Honor") == "Honor";
  term.honor_taints = constraint.nodeTaintsPolicy.value_or("Ignore") == "Honor";
  return term;
}

bool is_tolerated(const std::vector<core::v1::Toleration>& tolerations, const core::v1::Taint& taint) {
  return std::ranges::any_of(tolerations,
                             [&](const auto& toleration) { return tolerates(toleration, taint); });
}

}  // namespace aloft::scheduler
