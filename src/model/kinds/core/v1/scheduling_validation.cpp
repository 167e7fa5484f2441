// Rules for what steers pods to nodes: affinity, taints, tolerations, spreading.
#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

std::string joined(const std::vector<std::string>& messages) {
  std::string out;
  for (const auto& message : messages) out.append(out.empty() ? "" : ";").append(message);
  return out;
}

// Whether values of labels are checked: not for preferences, which older objects hold unchecked.
enum class Strength { required, preferred };

void validate_label_requirement(const NodeSelectorRequirement& requirement, Strength strength,
                                const FieldPath& path, FieldErrors& errors) {
  const std::string& op = requirement.operator_;
  const FieldPath values = path.child("values");
  if (op == "In" || op == "NotIn") {
    if (requirement.values.empty()) {
      errors.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
    }
  } else if (op == "Exists" || op == "DoesNotExist") {
    if (!requirement.values.empty()) {
      errors.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  } else if (op == "Gt" || op == "Lt") {
    if (requirement.values.size() != 1) {
      errors.required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
  } else {
    errors.invalid_string(path.child("operator"), op, "not a valid selector operator");
  }
  model::expect_qualified_name(errors, path.child("key"), requirement.key);
  if (strength == Strength::preferred) return;
  for (std::size_t i = 0; i < requirement.values.size(); ++i) {
    model::add_invalid(errors, values.index(i), requirement.values[i],
                       model::check_label_value(requirement.values[i]));
  }
}

void validate_field_requirement(const NodeSelectorRequirement& requirement, const FieldPath& path,
                                FieldErrors& errors) {
  const FieldPath values = path.child("values");
  if (requirement.operator_ != "In" && requirement.operator_ != "NotIn") {
    errors.invalid_string(path.child("operator"), requirement.operator_, "not a valid selector operator");
  } else if (requirement.values.size() != 1) {
    errors.required(values,
                    "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  }
  if (requirement.key != "metadata.name") {
    return errors.invalid_string(path.child("key"), requirement.key, "not a valid field selector key");
  }
  for (std::size_t i = 0; i < requirement.values.size(); ++i) {
    model::expect_dns_subdomain(errors, values.index(i), requirement.values[i]);
  }
}

void validate_node_term(const NodeSelectorTerm& term, Strength strength, const FieldPath& path,
                        FieldErrors& errors) {
  const FieldPath expressions = path.child("matchExpressions");
  for (std::size_t i = 0; i < term.matchExpressions.size(); ++i) {
    validate_label_requirement(term.matchExpressions[i], strength, expressions.index(i), errors);
  }
  const FieldPath fields = path.child("matchFields");
  for (std::size_t i = 0; i < term.matchFields.size(); ++i) {
    validate_field_requirement(term.matchFields[i], fields.index(i), errors);
  }
}

void validate_node_affinity(const NodeAffinity& affinity, const FieldPath& path, FieldErrors& errors) {
  if (affinity.requiredDuringSchedulingIgnoredDuringExecution) {
    const FieldPath needed = path.child("requiredDuringSchedulingIgnoredDuringExecution");
    const FieldPath terms = needed.child("nodeSelectorTerms");
    const auto& list = affinity.requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
    if (list.empty()) errors.required(terms, "must have at least one node selector term");
    for (std::size_t i = 0; i < list.size(); ++i) {
      validate_node_term(list[i], Strength::required, terms.index(i), errors);
    }
  }
  const FieldPath preferred = path.child("preferredDuringSchedulingIgnoredDuringExecution");
  const auto& list = affinity.preferredDuringSchedulingIgnoredDuringExecution;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const FieldPath at = preferred.index(i);
    if (list[i].weight <= 0 || list[i].weight > 100) {
      errors.invalid_int(at.child("weight"), list[i].weight, "must be in the range 1-100");
    }
    validate_node_term(list[i].preference, Strength::preferred, at.child("preference"), errors);
  }
}

void validate_label_keys(const std::vector<std::string>& keys, bool has_selector, const FieldPath& path,
                         FieldErrors& errors) {
  if (keys.empty()) return;
  if (!has_selector) return errors.forbidden(path, "must not be specified when labelSelector is not set");
  for (std::size_t i = 0; i < keys.size(); ++i) model::expect_qualified_name(errors, path.index(i), keys[i]);
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// The server adds an expression for each of matchLabelKeys, so a second one with the same key came from the
// user.
void validate_match_keys(const PodAffinityTerm& term, const FieldPath& path, FieldErrors& errors) {
  const bool has_selector = term.labelSelector.has_value();
  validate_label_keys(term.matchLabelKeys, has_selector, path.child("matchLabelKeys"), errors);
  validate_label_keys(term.mismatchLabelKeys, has_selector, path.child("mismatchLabelKeys"), errors);
  if (has_selector) {
    std::set<std::string> seen;
    for (const auto& [key, value] : term.labelSelector->matchLabels) seen.insert(key);
    for (const auto& expression : term.labelSelector->matchExpressions) {
      const auto found = std::find(term.matchLabelKeys.begin(), term.matchLabelKeys.end(), expression.key);
      if (found != term.matchLabelKeys.end() && seen.contains(expression.key)) {
        errors.invalid_string(path.index(static_cast<std::size_t>(found - term.matchLabelKeys.begin())),
                              expression.key, "exists in both matchLabelKeys and labelSelector");
      }
      seen.insert(expression.key);
    }
  }
  const FieldPath keys = path.child("matchLabelKeys");
  for (std::size_t i = 0; i < term.matchLabelKeys.size(); ++i) {
    if (contains(term.mismatchLabelKeys, term.matchLabelKeys[i])) {
      errors.invalid_string(keys.index(i), term.matchLabelKeys[i],
                            "exists in both matchLabelKeys and mismatchLabelKeys");
    }
  }
}

void validate_pod_term(const PodAffinityTerm& term, const FieldPath& path, FieldErrors& errors) {
  if (term.labelSelector) {
    meta::v1::validate_label_selector(*term.labelSelector, path.child("labelSelector"), errors);
  }
  if (term.namespaceSelector) {
    meta::v1::validate_label_selector(*term.namespaceSelector, path.child("namespaceSelector"), errors);
  }
  for (const auto& name : term.namespaces) model::expect_dns_label(errors, path.child("namespace"), name);
  validate_match_keys(term, path, errors);
  if (term.topologyKey.empty()) errors.required(path.child("topologyKey"), "can not be empty");
  model::expect_qualified_name(errors, path.child("topologyKey"), term.topologyKey);
}

template <class PodAffinityKind>
void validate_pod_affinity(const PodAffinityKind& affinity, const FieldPath& path, FieldErrors& errors) {
  const FieldPath needed = path.child("requiredDuringSchedulingIgnoredDuringExecution");
  const auto& required_terms = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  for (std::size_t i = 0; i < required_terms.size(); ++i) {
    validate_pod_term(required_terms[i], needed.index(i), errors);
  }
  const FieldPath preferred = path.child("preferredDuringSchedulingIgnoredDuringExecution");
  const auto& wishes = affinity.preferredDuringSchedulingIgnoredDuringExecution;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    const FieldPath at = preferred.index(i);
    if (wishes[i].weight <= 0 || wishes[i].weight > 100) {
      errors.invalid_int(at.child("weight"), wishes[i].weight, "must be in the range 1-100");
    }
    validate_pod_term(wishes[i].podAffinityTerm, at.child("podAffinityTerm"), errors);
  }
}

void validate_effect(const std::string& effect, const FieldPath& path, FieldErrors& errors) {
  model::expect_one_of(errors, path, effect, {"NoSchedule", "PreferNoSchedule", "NoExecute"});
}

void validate_spread_keys(const TopologySpreadConstraint& constraint, const FieldPath& path,
                          FieldErrors& errors) {
  if (constraint.matchLabelKeys.empty()) return;
  if (!constraint.labelSelector)
    errors.forbidden(path, "must not be specified when labelSelector is not set");
  for (std::size_t i = 0; i < constraint.matchLabelKeys.size(); ++i) {
    const std::string& key = constraint.matchLabelKeys[i];
    model::expect_qualified_name(errors, path.index(i), key);
    if (!constraint.labelSelector) continue;
    const auto& selector = *constraint.labelSelector;
    const auto same_key = [&](const auto& expression) { return expression.key == key; };
    if (selector.matchLabels.contains(key) ||
        std::any_of(selector.matchExpressions.begin(), selector.matchExpressions.end(), same_key)) {
      errors.invalid_string(path.index(i), key, "exists in both matchLabelKeys and labelSelector");
    }
  }
}

void validate_min_domains(const TopologySpreadConstraint& constraint, const FieldPath& path,
                          FieldErrors& errors) {
  if (!constraint.minDomains) return;
  if (*constraint.minDomains <= 0) errors.invalid_int(path, *constraint.minDomains, model::positive);
  if (constraint.whenUnsatisfiable != "DoNotSchedule") {
    errors.invalid_int(path, *constraint.minDomains,
                       fmt::format("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                                   constraint.whenUnsatisfiable));
  }
}

}  // namespace

void validate_affinity(const Affinity& affinity, const FieldPath& path, FieldErrors& errors) {
  if (affinity.nodeAffinity)
    validate_node_affinity(*affinity.nodeAffinity, path.child("nodeAffinity"), errors);
  if (affinity.podAffinity) validate_pod_affinity(*affinity.podAffinity, path.child("podAffinity"), errors);
  if (affinity.podAntiAffinity) {
    validate_pod_affinity(*affinity.podAntiAffinity, path.child("podAntiAffinity"), errors);
  }
}

void validate_tolerations(const std::vector<Toleration>& tolerations, const FieldPath& path,
                          FieldErrors& errors) {
  for (std::size_t i = 0; i < tolerations.size(); ++i) {
    const FieldPath at = path.index(i);
    const Toleration& toleration = tolerations[i];
    const std::string& op = toleration.operator_;
    if (!toleration.key.empty()) {
      model::expect_qualified_name(errors, at.child("key"), toleration.key);
    } else if (op != "Exists") {
      errors.invalid_string(
          at.child("operator"), op,
          "operator must be Exists when `key` is empty, which means \"match all values and all "
          "keys\"");
    }
    if (toleration.tolerationSeconds && toleration.effect != "NoExecute") {
      errors.invalid_string(at.child("effect"), toleration.effect,
                            "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    if (op == "Equal" || op.empty()) {
      const auto messages = model::check_label_value(toleration.value);
      if (!messages.empty()) errors.invalid_string(at.child("operator"), toleration.value, joined(messages));
    } else if (op == "Exists") {
      if (!toleration.value.empty()) {
        errors.invalid_string(at.child("operator"), toleration.value,
                              "value must be empty when `operator` is 'Exists'");
      }
    } else {
      errors.not_supported(at.child("operator"), op, {"Equal", "Exists"});
    }
    if (!toleration.effect.empty()) validate_effect(toleration.effect, at.child("effect"), errors);
  }
}

void validate_taints(const std::vector<Taint>& taints, const FieldPath& path, FieldErrors& errors) {
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < taints.size(); ++i) {
    const FieldPath at = path.index(i);
    const Taint& taint = taints[i];
    model::expect_qualified_name(errors, at.child("key"), taint.key);
    const auto messages = model::check_label_value(taint.value);
    if (!messages.empty()) errors.invalid_string(at.child("value"), taint.value, joined(messages));
    if (taint.effect.empty()) {
      errors.required(at.child("effect"));
    } else {
      validate_effect(taint.effect, at.child("effect"), errors);
    }
    if (!seen.emplace(taint.key, taint.effect).second) {
      errors.add(
          at, "FieldValueDuplicate",
          fmt::format("Duplicate value: core.Taint{{Key:{}, Value:{}, Effect:{}, TimeAdded:<nil>}}: taints "
                      "must be unique by key and effect pair",
                      go_quote(taint.key), go_quote(taint.value), go_quote(taint.effect)));
    }
  }
}

void validate_spread(const std::vector<TopologySpreadConstraint>& constraints, const FieldPath& path,
                     FieldErrors& errors) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const FieldPath at = path.index(i);
    const TopologySpreadConstraint& constraint = constraints[i];
    if (constraint.maxSkew <= 0) errors.invalid_int(at.child("maxSkew"), constraint.maxSkew, model::positive);
    model::require(errors, at.child("topologyKey"), constraint.topologyKey, "can not be empty");
    model::expect_one_of(errors, at.child("whenUnsatisfiable"), constraint.whenUnsatisfiable,
                         {"DoNotSchedule", "ScheduleAnyway"});
    for (std::size_t j = i + 1; j < constraints.size(); ++j) {
      if (constraints[j].topologyKey != constraint.topologyKey) continue;
      if (constraints[j].whenUnsatisfiable != constraint.whenUnsatisfiable) continue;
      errors.duplicate(at.child("{topologyKey, whenUnsatisfiable}"),
                       fmt::format("{{{}, {}}}", constraint.topologyKey, constraint.whenUnsatisfiable));
      break;
    }
    validate_min_domains(constraint, at.child("minDomains"), errors);
    if (constraint.nodeAffinityPolicy) {
      model::expect_one_of(errors, at.child("nodeAffinityPolicy"), *constraint.nodeAffinityPolicy,
                           {"Honor", "Ignore"});
    }
    if (constraint.nodeTaintsPolicy) {
      model::expect_one_of(errors, at.child("nodeTaintsPolicy"), *constraint.nodeTaintsPolicy,
                           {"Honor", "Ignore"});
    }
    validate_spread_keys(constraint, at.child("matchLabelKeys"), errors);
    if (constraint.labelSelector) {
      meta::v1::validate_label_selector(*constraint.labelSelector, at.child("labelSelector"), errors);
    }
  }
}

}  // namespace aloft::core::v1
