// Finds what an expression cannot mean, in Prometheus' words.
#include <algorithm>

#include "telemetry/promql/functions.h"
#include "telemetry/promql/syntax/parsing.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

class Checker {
 public:
  Checker(Parsing& parsing, std::string_view text) : parsing_(parsing), text_(text) {}

  ValueType check(Expr& expr) {
    switch (expr.kind) {
      case NodeKind::aggregate:
        aggregate(as<Aggregate>(expr));
        break;
      case NodeKind::binary:
        binary(as<Binary>(expr));
        break;
      case NodeKind::call:
        call(as<Call>(expr));
        break;
      case NodeKind::paren:
        check(*as<Paren>(expr).expr);
        break;
      case NodeKind::unary:
        unary(as<Unary>(expr));
        break;
      case NodeKind::subquery:
        subquery(as<Subquery>(expr));
        break;
      case NodeKind::matrix_selector:
        check(*as<MatrixSelector>(expr).selector);
        break;
      case NodeKind::vector_selector:
        selector(as<VectorSelector>(expr), false);
        break;
      default:
        break;
    }
    return type_of(expr);
  }

 private:
  void note(Span span, std::string message) { parsing_.note(span, std::move(message)); }

  void expect(Expr& expr, ValueType wanted, std::string_view context) {
    const ValueType type = check(expr);
    if (type != wanted)
      note(expr.span, fmt::format("expected type {} in {}, got {}", documented_type(wanted), context,
                                  documented_type(type)));
  }

  void aggregate(Aggregate& node) {
    expect(*node.expr, ValueType::vector, "aggregation expression");
    if (!node.param) return;
    expect(*node.param, node.op == AggregateOp::count_values ? ValueType::string : ValueType::scalar,
           "aggregation parameter");
  }

  void unary(Unary& node) {
    const ValueType type = check(*node.expr);
    if (type != ValueType::scalar && type != ValueType::vector)
      note(node.span, fmt::format("unary expression only allowed on expressions of type scalar or instant "
                                  "vector, got {}",
                                  quote(documented_type(type))));
  }

  void subquery(Subquery& node) {
    const ValueType type = check(*node.expr);
    if (type != ValueType::vector)
      note(node.span,
           fmt::format("subquery is only allowed on instant vector, got {} instead", type_name(type)));
  }

  void selector(VectorSelector& node, bool labels_only) {
    if (!node.name.empty()) {
      for (std::size_t i = 0; i + 1 < node.matchers.size(); ++i)
        if (node.matchers[i].name() == metric_name_label)
          note(node.span, fmt::format("metric name must not be set twice: {} or {}", quote(node.name),
                                      quote(node.matchers[i].value())));
      return;
    }
    const bool selective = std::any_of(node.matchers.begin(), node.matchers.end(),
                                       [](const Matcher& matcher) { return !matcher.matches(""); });
    if (!labels_only && !selective)
      note(node.span, "vector selector must contain at least one non-empty matcher");
  }

  // The operator between both sides, without the white space around it.
  Span operator_span(const Binary& node) const {
    Span span{node.lhs->span.end, node.rhs->span.start};
    const auto is_space = [&](int at) {
      const char c = text_[static_cast<std::size_t>(at)];
      return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    };
    while (span.start < span.end && is_space(span.start)) ++span.start;
    while (span.end > span.start && is_space(span.end - 1)) --span.end;
    return span;
  }

  void binary(Binary& node) {
    const ValueType left = check(*node.lhs);
    const ValueType right = check(*node.rhs);
    if (node.return_bool && !is_comparison(node.op))
      note(operator_span(node), "bool modifier can only be used on comparison operators");
    if (is_comparison(node.op) && !node.return_bool && left == ValueType::scalar &&
        right == ValueType::scalar)
      note(operator_span(node), "comparisons between scalars must use BOOL modifier");
    VectorMatching& matching = *node.matching;
    const bool set = is_set_operator(node.op);
    if (set && matching.card == Cardinality::one_to_one) matching.card = Cardinality::many_to_many;
    for (const std::string& label : matching.labels)
      if (matching.on && std::count(matching.include.begin(), matching.include.end(), label) > 0)
        note(operator_span(node),
             fmt::format("label {} must not occur in ON and GROUP clause at once", quote(label)));
    for (const auto& [type, side] : {std::pair(left, node.lhs.get()), std::pair(right, node.rhs.get())})
      if (type != ValueType::scalar && type != ValueType::vector)
        note(side->span, "binary expression must contain only scalar and instant vector types");
    const bool fills = matching.fill_left || matching.fill_right;
    if (left != ValueType::vector || right != ValueType::vector) {
      if (!matching.labels.empty()) note(node.span, "vector matching only allowed between instant vectors");
      if (fills) note(node.span, "filling in missing series only allowed between instant vectors");
      node.matching.reset();
    } else if (set) {
      const auto name = quote(to_string(node.op));
      if (matching.card == Cardinality::one_to_many || matching.card == Cardinality::many_to_one)
        note(node.span, fmt::format("no grouping allowed for {} operation", name));
      if (matching.card != Cardinality::many_to_many)
        note(node.span, "set operations must always be many-to-many");
      if (fills) note(node.span, "filling in missing series not allowed for set operators");
    }
    if (set && (left == ValueType::scalar || right == ValueType::scalar))
      note(node.span,
           fmt::format("set operator {} not allowed in binary scalar expression", quote(to_string(node.op))));
  }

  void argument_count(const Call& node) {
    const Function& function = *node.function;
    const int wanted = static_cast<int>(function.args.size());
    const int given = static_cast<int>(node.args.size());
    const std::string name = quote(function.name);
    if (function.variadic == 0) {
      if (given != wanted)
        note(node.span, fmt::format("expected {} argument(s) in call to {}, got {}", wanted, name, given));
      return;
    }
    const int least = wanted - 1;
    const int most = least + function.variadic;
    if (given < least)
      note(node.span,
           fmt::format("expected at least {} argument(s) in call to {}, got {}", least, name, given));
    else if (function.variadic > 0 && given > most)
      note(node.span,
           fmt::format("expected at most {} argument(s) in call to {}, got {}", most, name, given));
  }

  void info_argument(const Call& node) {
    Expr& arg = *node.args[1];
    const ValueType type = type_of(arg);
    if (type != ValueType::vector)
      note(node.span, fmt::format("expected type instant vector in call to function \"info\", got {}",
                                  documented_type(type)));
    if (arg.kind != NodeKind::vector_selector) return note(arg.span, "expected label selectors only");
    if (!as<VectorSelector>(arg).name.empty())
      note(arg.span, "expected label selectors only, got vector selector instead");
  }

  void call(Call& node) {
    const Function& function = *node.function;
    argument_count(node);
    const bool is_info = function.id == FunctionId::info;
    if (is_info && node.args.size() > 1) info_argument(node);
    for (std::size_t i = 0; i < node.args.size(); ++i) {
      std::size_t at = i;
      if (at >= function.args.size()) {
        if (function.variadic == 0) break;
        at = function.args.size() - 1;
      }
      Expr& arg = *node.args[i];
      if (is_info && i == 1 && arg.kind == NodeKind::vector_selector)
        selector(as<VectorSelector>(arg), true);
      else if (const ValueType type = check(arg); type != function.args[at])
        note(arg.span,
             fmt::format("expected type {} in call to function {}, got {}",
                         documented_type(function.args[at]), quote(function.name), documented_type(type)));
    }
  }

  Parsing& parsing_;
  std::string_view text_;
};

}  // namespace

void check_types(Expr& expr, Parsing& parsing, std::string_view text) { Checker(parsing, text).check(expr); }

}  // namespace aloft::telemetry::promql
