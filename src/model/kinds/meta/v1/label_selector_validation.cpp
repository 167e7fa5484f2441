// Rules of apimachinery/pkg/apis/meta/v1/validation for labels and label selectors.
#include "model/kinds/meta/v1/label_selector_validation.h"

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/field_checks.h"
#include "model/names.h"

namespace aloft::meta::v1 {

using model::FieldErrors;
using model::FieldPath;

void validate_labels(const std::map<std::string, std::string>& labels, const FieldPath& path,
                     FieldErrors& errors) {
  for (const auto& [key, value] : labels) {
    model::expect_qualified_name(errors, path, key);
    model::add_invalid(errors, path, value, model::check_label_value(value));
  }
}

static void validate_requirement(const LabelSelectorRequirement& requirement, const FieldPath& path,
                                 FieldErrors& errors) {
  const auto& op = requirement.operator_;
  if (op == "In" || op == "NotIn") {
    if (requirement.values.empty()) {
      errors.required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
    }
  } else if (op == "Exists" || op == "DoesNotExist") {
    if (!requirement.values.empty()) {
      errors.forbidden(path.child("values"),
                       "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  } else {
    errors.invalid_string(path.child("operator"), op, "not a valid selector operator");
  }
  model::expect_qualified_name(errors, path.child("key"), requirement.key);
  for (std::size_t i = 0; i < requirement.values.size(); ++i) {
    model::add_invalid(errors, path.child("values").index(i), requirement.values[i],
                       model::check_label_value(requirement.values[i]));
  }
}

void validate_label_selector(const LabelSelector& selector, const FieldPath& path, FieldErrors& errors) {
  validate_labels(selector.matchLabels, path.child("matchLabels"), errors);
  for (std::size_t i = 0; i < selector.matchExpressions.size(); ++i) {
    validate_requirement(selector.matchExpressions[i], path.child("matchExpressions").index(i), errors);
  }
}

bool is_empty(const LabelSelector& selector) {
  return selector.matchLabels.empty() && selector.matchExpressions.empty();
}

std::string selector_text(const LabelSelector& selector) {
  std::string expressions;
  for (const auto& e : selector.matchExpressions) {
    expressions += fmt::format("{}v1.LabelSelectorRequirement{{Key:{}, Operator:{}, Values:{}}}",
                               expressions.empty() ? "" : ", ", go_quote(e.key), go_quote(e.operator_),
                               e.values.empty() ? "[]string(nil)" : model::list_text(e.values));
  }
  return fmt::format(
      "v1.LabelSelector{{MatchLabels:{}, MatchExpressions:{}}}",
      selector.matchLabels.empty() ? "map[string]string(nil)" : model::map_text(selector.matchLabels),
      expressions.empty() ? "[]v1.LabelSelectorRequirement(nil)"
                          : fmt::format("[]v1.LabelSelectorRequirement{{{}}}", expressions));
}

}  // namespace aloft::meta::v1
