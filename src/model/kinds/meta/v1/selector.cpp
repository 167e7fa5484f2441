// Selectors of objects as requirements that match.
#include "model/kinds/meta/v1/selector.h"

#include <algorithm>

namespace aloft::meta::v1 {
namespace {

using Operator = model::LabelRequirement::Operator;

Result<Operator> parse_operator(std::string_view text) {
  if (text == "In") return Operator::in;
  if (text == "NotIn") return Operator::not_in;
  if (text == "Exists") return Operator::exists;
  if (text == "DoesNotExist") return Operator::does_not_exist;
  return fail(Code::invalid, fmt::format("\"{}\" is not a valid label selector operator", text));
}

}  // namespace

Result<model::LabelSelector> to_selector(const LabelSelector& selector) {
  model::LabelSelector matcher = model::LabelSelector::of(selector.matchLabels);
  for (const LabelSelectorRequirement& expression : selector.matchExpressions) {
    model::LabelRequirement requirement;
    TRY(op, parse_operator(expression.operator_));
    requirement.op = op;
    requirement.key = expression.key;
    requirement.values = expression.values;
    std::ranges::sort(requirement.values);
    matcher.add(std::move(requirement));
  }
  return matcher;
}

std::string to_selector_text(const LabelSelector& selector) {
  const auto matcher = to_selector(selector);
  return matcher ? matcher->to_string() : std::string();
}

}  // namespace aloft::meta::v1
