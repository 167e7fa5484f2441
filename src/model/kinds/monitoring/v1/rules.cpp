// What the definition of PrometheusRule demands beyond the types of fields. Expressions are read by whoever
// evaluates them.
#include "model/kinds/monitoring/v1/rules.h"

#include <set>

#include "model/kinds/monitoring/v1/prometheus_rule.h"

namespace aloft::monitoring::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

void validate_rule(const Rule& rule, const FieldPath& path, FieldErrors& errors) {
  if (!rule.record.empty() && !rule.alert.empty())
    errors.invalid(path.child("record"), rule.record, "only one of 'record' and 'alert' must be set");
  if (rule.record.empty() && rule.alert.empty())
    errors.required(path, "one of 'record' or 'alert' must be set");
  if (!rule.expr.is_int() && rule.expr.as_string().empty()) errors.required(path.child("expr"), "");
  if (!rule.record.empty() && !rule.annotations.empty())
    errors.forbidden(path.child("annotations"), "a recording rule has none");
}

}  // namespace

void validate(const PrometheusRule& object, FieldErrors& errors) {
  std::set<std::string_view> names;
  const FieldPath groups = FieldPath("spec").child("groups");
  for (std::size_t i = 0; i < object.spec.groups.size(); ++i) {
    const RuleGroup& group = object.spec.groups[i];
    const FieldPath path = groups.index(i);
    if (group.name.empty()) errors.required(path.child("name"), "");
    if (!group.name.empty() && !names.insert(group.name).second)
      errors.duplicate(path.child("name"), group.name);
    for (std::size_t k = 0; k < group.rules.size(); ++k)
      validate_rule(group.rules[k], path.child("rules").index(k), errors);
  }
}

}  // namespace aloft::monitoring::v1
