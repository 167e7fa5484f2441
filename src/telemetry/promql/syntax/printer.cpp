// Prints expressions in their canonical form.
#include "telemetry/promql/syntax/printer.h"

#include <algorithm>

#include "telemetry/core/durations.h"
#include "telemetry/promql/functions.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

std::string label_list(const std::vector<std::string>& names) {
  std::string out = "(";
  for (const std::string& name : names) {
    if (out.size() > 1) out += ", ";
    out += is_classic_label_name(name) ? name : quote(name);
  }
  return out + ")";
}

std::string matcher_text(const Matcher& matcher) {
  std::string out = is_classic_label_name(matcher.name()) ? matcher.name() : quote(matcher.name());
  out += to_string(matcher.type());
  return out + quote(matcher.value());
}

std::string at_text(const TimeModifiers& time) {
  if (time.at) return fmt::format(" @ {:.3f}", static_cast<double>(*time.at) / 1000);
  if (time.at_edge == AtEdge::start) return " @ start()";
  if (time.at_edge == AtEdge::end) return " @ end()";
  return "";
}

std::string offset_text(const TimeModifiers& time) {
  if (time.offset_expr) return " offset " + to_string(*time.offset_expr);
  if (time.offset != 0) return " offset " + format_millis(time.offset);
  return "";
}

std::string range_text(Millis range, const ExprPtr& expr) {
  return expr ? to_string(*expr) : format_millis(range);
}

std::string selector_text(const VectorSelector& node) {
  std::vector<std::string> matchers;
  for (const Matcher& matcher : node.matchers) {
    const bool is_name = matcher.name() == metric_name_label && matcher.type() == MatchType::equal &&
                         matcher.value() == node.name && !node.name.empty();
    if (!is_name) matchers.push_back(matcher_text(matcher));
  }
  std::sort(matchers.begin(), matchers.end());
  std::string out = node.name;
  for (std::size_t i = 0; i < matchers.size(); ++i) out += (i == 0 ? "{" : ",") + matchers[i];
  // Without a name the braces are all there is.
  if (!matchers.empty()) out += "}";
  return out;
}

std::string_view anchor_text(const VectorSelector& node) {
  return node.anchored ? " anchored" : node.smoothed ? " smoothed" : "";
}

std::string matrix_text(const MatrixSelector& node) {
  const VectorSelector& selector = node.vector();
  return fmt::format("{}[{}]{}{}{}", selector_text(selector), range_text(node.range, node.range_expr),
                     anchor_text(selector), at_text(selector.time), offset_text(selector.time));
}

std::string number_text(const NumberLiteral& node) {
  if (!node.is_duration) return format_float(node.value);
  return format_millis(static_cast<Millis>(node.value * 1e9 / 1e6));
}

std::string call_text(const Call& node) {
  std::string out = std::string(node.function->name) + "(";
  for (std::size_t i = 0; i < node.args.size(); ++i) {
    if (i > 0) out += ", ";
    out += to_string(*node.args[i]);
  }
  return out + ")";
}

std::string aggregate_text(const Aggregate& node) {
  std::string out = aggregate_head(node) + "(";
  if (node.param) out += to_string(*node.param) + ", ";
  return out + to_string(*node.expr) + ")";
}

std::string duration_text(const DurationExpr& node) {
  std::string out;
  switch (node.op) {
    case DurationOp::step:
      out = "step()";
      break;
    case DurationOp::range:
      out = "range()";
      break;
    case DurationOp::min:
    case DurationOp::max:
      out = fmt::format("{}({}, {})", to_string(node.op), to_string(*node.lhs), to_string(*node.rhs));
      break;
    case DurationOp::negate:
      out = "-" + to_string(*node.rhs);
      break;
    case DurationOp::plus:
      out = to_string(*node.rhs);
      break;
    default:
      out = fmt::format("{} {} {}", to_string(*node.lhs), to_string(node.op), to_string(*node.rhs));
  }
  return node.wrapped ? "(" + out + ")" : out;
}

}  // namespace

std::string_view to_string(DurationOp op) {
  switch (op) {
    case DurationOp::add:
    case DurationOp::plus:
      return "+";
    case DurationOp::sub:
    case DurationOp::negate:
      return "-";
    case DurationOp::mul:
      return "*";
    case DurationOp::div:
      return "/";
    case DurationOp::mod:
      return "%";
    case DurationOp::pow:
      return "^";
    case DurationOp::step:
      return "step";
    case DurationOp::range:
      return "range";
    case DurationOp::min:
      return "min_of";
    case DurationOp::max:
      return "max_of";
  }
  return "";
}

std::string_view to_string(MatchType type) {
  switch (type) {
    case MatchType::equal:
      return "=";
    case MatchType::not_equal:
      return "!=";
    case MatchType::regex:
      return "=~";
    case MatchType::not_regex:
      return "!~";
  }
  return "";
}

std::string aggregate_head(const Aggregate& node) {
  std::string out(to_string(node.op));
  if (node.without)
    out += " without " + label_list(node.grouping) + " ";
  else if (!node.grouping.empty())
    out += " by " + label_list(node.grouping) + " ";
  return out;
}

std::string matching_text(const Binary& node) {
  std::string out;
  if (!node.matching) return out;
  const VectorMatching& matching = *node.matching;
  const bool grouped = matching.card == Cardinality::many_to_one || matching.card == Cardinality::one_to_many;
  if (!matching.labels.empty() || matching.on || grouped)
    out += (matching.on ? " on " : " ignoring ") + label_list(matching.labels);
  if (grouped)
    out += (matching.card == Cardinality::many_to_one ? " group_left " : " group_right ") +
           label_list(matching.include);
  if (matching.fill_left && matching.fill_right && *matching.fill_left == *matching.fill_right)
    return out + fmt::format(" fill ({})", format_g(*matching.fill_left));
  if (matching.fill_left) out += fmt::format(" fill_left ({})", format_g(*matching.fill_left));
  if (matching.fill_right) out += fmt::format(" fill_right ({})", format_g(*matching.fill_right));
  return out;
}

std::string subquery_suffix(const Subquery& node) {
  std::string step;
  if (node.step_expr)
    step = to_string(*node.step_expr);
  else if (node.step != 0)
    step = format_millis(node.step);
  return fmt::format("[{}:{}]{}{}", range_text(node.range, node.range_expr), step, at_text(node.time),
                     offset_text(node.time));
}

std::string to_string(const Expr& expr) {
  switch (expr.kind) {
    case NodeKind::number:
      return number_text(as<NumberLiteral>(expr));
    case NodeKind::string:
      return quote(as<StringLiteral>(expr).value);
    case NodeKind::vector_selector: {
      const auto& node = as<VectorSelector>(expr);
      return fmt::format("{}{}{}{}", selector_text(node), at_text(node.time), anchor_text(node),
                         offset_text(node.time));
    }
    case NodeKind::matrix_selector:
      return matrix_text(as<MatrixSelector>(expr));
    case NodeKind::subquery:
      return to_string(*as<Subquery>(expr).expr) + subquery_suffix(as<Subquery>(expr));
    case NodeKind::call:
      return call_text(as<Call>(expr));
    case NodeKind::aggregate:
      return aggregate_text(as<Aggregate>(expr));
    case NodeKind::binary: {
      const auto& node = as<Binary>(expr);
      return fmt::format("{} {}{}{} {}", to_string(*node.lhs), to_string(node.op),
                         node.return_bool ? " bool" : "", matching_text(node), to_string(*node.rhs));
    }
    case NodeKind::unary:
      return (as<Unary>(expr).negative ? "-" : "+") + to_string(*as<Unary>(expr).expr);
    case NodeKind::paren:
      return "(" + to_string(*as<Paren>(expr).expr) + ")";
    case NodeKind::duration:
      return duration_text(as<DurationExpr>(expr));
    case NodeKind::step_invariant:
      return to_string(*as<StepInvariant>(expr).expr);
  }
  return "";
}

}  // namespace aloft::telemetry::promql
