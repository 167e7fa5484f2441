// Breaks long expressions over lines.
#include "telemetry/promql/functions.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/printer.h"

namespace aloft::telemetry::promql {
namespace {

constexpr std::size_t most_columns = 100;

std::string indent(int level) { return std::string(static_cast<std::size_t>(level) * 2, ' '); }

std::string pretty(const Expr& expr, int level);

std::string pretty_call(const Call& node, int level) {
  std::string args;
  for (std::size_t i = 0; i < node.args.size(); ++i) {
    if (i > 0) args += ",\n";
    args += pretty(*node.args[i], level + 1);
  }
  return fmt::format("{}{}(\n{}\n{})", indent(level), node.function->name, args, indent(level));
}

std::string pretty_aggregate(const Aggregate& node, int level) {
  std::string out = indent(level) + aggregate_head(node) + "(\n";
  if (node.param) out += pretty(*node.param, level + 1) + ",\n";
  return out + pretty(*node.expr, level + 1) + "\n" + indent(level) + ")";
}

std::string pretty_unary(const Unary& node, int level) {
  std::string inner = pretty(*node.expr, level);
  const std::size_t first = inner.find_first_not_of(" \n");
  if (first != std::string::npos) inner.erase(0, first);
  return indent(level) + (node.negative ? "-" : "+") + inner;
}

std::string pretty_binary(const Binary& node, int level) {
  return fmt::format("{}\n{}{}{}{}\n{}", pretty(*node.lhs, level + 1), indent(level), to_string(node.op),
                     node.return_bool ? " bool" : "", matching_text(node), pretty(*node.rhs, level + 1));
}

std::string pretty(const Expr& expr, int level) {
  std::string line = to_string(expr);
  const bool split = line.size() > most_columns;
  if (expr.kind == NodeKind::unary) return pretty_unary(as<Unary>(expr), level);
  if (expr.kind == NodeKind::subquery) {
    // One that fits is not indented: Prometheus' own form.
    if (!split) return line;
    const auto& node = as<Subquery>(expr);
    return pretty(*node.expr, level) + subquery_suffix(node);
  }
  if (!split) return indent(level) + line;
  switch (expr.kind) {
    case NodeKind::aggregate:
      return pretty_aggregate(as<Aggregate>(expr), level);
    case NodeKind::binary:
      return pretty_binary(as<Binary>(expr), level);
    case NodeKind::call:
      return pretty_call(as<Call>(expr), level);
    case NodeKind::paren:
      return fmt::format("{}(\n{}\n{})", indent(level), pretty(*as<Paren>(expr).expr, level + 1),
                         indent(level));
    default:
      return indent(level) + line;
  }
}

}  // namespace

std::string prettify(const Expr& expr) { return pretty(expr, 0); }

}  // namespace aloft::telemetry::promql
