// Recognising threshold rules in the tree of their expression.
#include "telemetry/alerts/rules/threshold.h"

#include <cmath>

#include "telemetry/promql/functions.h"

namespace aloft::telemetry::alerts {
namespace {

using promql::BinaryOp;
using promql::Expr;
using promql::NodeKind;

std::optional<double> number_of(const Expr& wrapped) {
  const Expr& expr = promql::unwrap(wrapped);
  if (expr.kind == NodeKind::number) return promql::as<promql::NumberLiteral>(expr).value;
  if (expr.kind == NodeKind::unary) {
    const auto& unary = promql::as<promql::Unary>(expr);
    const auto inner = number_of(*unary.expr);
    if (inner) return unary.negative ? -*inner : *inner;
  }
  return std::nullopt;
}

// The comparison seen from the other side.
BinaryOp mirrored(BinaryOp op) {
  switch (op) {
    case BinaryOp::lt:
      return BinaryOp::gt;
    case BinaryOp::gt:
      return BinaryOp::lt;
    case BinaryOp::le:
      return BinaryOp::ge;
    case BinaryOp::ge:
      return BinaryOp::le;
    default:
      return op;
  }
}

}  // namespace

std::optional<Threshold> Threshold::recognise(const Expr& wrapped) {
  const Expr& expr = promql::unwrap(wrapped);
  if (expr.kind != NodeKind::binary) return std::nullopt;
  const auto& comparison = promql::as<promql::Binary>(expr);
  if (!promql::is_comparison(comparison.op) || comparison.return_bool || comparison.matching)
    return std::nullopt;
  Threshold out;
  const auto right = number_of(*comparison.rhs);
  const auto left = number_of(*comparison.lhs);
  if (right.has_value() == left.has_value()) return std::nullopt;
  out.op_ = right ? comparison.op : mirrored(comparison.op);
  out.limit_ = right ? *right : *left;
  if (!out.read_side(right ? *comparison.lhs : *comparison.rhs)) return std::nullopt;
  return out;
}

bool Threshold::read_side(const Expr& wrapped) {
  using Kind = Step::Kind;
  const Expr& expr = promql::unwrap(wrapped);
  switch (expr.kind) {
    case NodeKind::vector_selector: {
      const auto& selector = promql::as<promql::VectorSelector>(expr);
      const auto& time = selector.time;
      const bool shifted =
          time.offset != 0 || time.offset_expr != nullptr || time.at || time.at_edge != promql::AtEdge::none;
      if (shifted || selector.anchored || selector.smoothed) return false;
      matchers_ = selector.matchers;
      // With several metrics two series could give the same alert.
      return std::any_of(matchers_.begin(), matchers_.end(), [](const Matcher& m) {
        return m.name() == metric_name_label && m.type() == MatchType::equal && !m.value().empty();
      });
    }
    case NodeKind::call: {
      const auto& call = promql::as<promql::Call>(expr);
      if (call.function->id != promql::FunctionId::abs || call.args.size() != 1 || !read_side(*call.args[0]))
        return false;
      steps_.push_back({Kind::absolute, 0});
      return true;
    }
    case NodeKind::unary: {
      const auto& unary = promql::as<promql::Unary>(expr);
      if (!read_side(*unary.expr)) return false;
      if (unary.negative) steps_.push_back({Kind::negate, 0});
      return true;
    }
    case NodeKind::binary: {
      const auto& binary = promql::as<promql::Binary>(expr);
      const auto right = number_of(*binary.rhs);
      const auto left = number_of(*binary.lhs);
      if (right.has_value() == left.has_value() || !read_side(right ? *binary.lhs : *binary.rhs))
        return false;
      const double number = right ? *right : *left;
      switch (binary.op) {
        case BinaryOp::add:
          steps_.push_back({Kind::add, number});
          return true;
        case BinaryOp::sub:
          steps_.push_back({right ? Kind::subtract : Kind::subtract_from, number});
          return true;
        case BinaryOp::mul:
          steps_.push_back({Kind::multiply, number});
          return true;
        case BinaryOp::div:
          steps_.push_back({right ? Kind::divide : Kind::divide_into, number});
          return true;
        default:
          return false;
      }
    }
    default:
      return false;
  }
}

std::optional<double> Threshold::judge(double value) const {
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Step::Kind::absolute:
        value = std::abs(value);
        break;
      case Step::Kind::negate:
        value = -value;
        break;
      case Step::Kind::add:
        value += step.number;
        break;
      case Step::Kind::subtract:
        value -= step.number;
        break;
      case Step::Kind::subtract_from:
        value = step.number - value;
        break;
      case Step::Kind::multiply:
        value *= step.number;
        break;
      case Step::Kind::divide:
        value /= step.number;
        break;
      case Step::Kind::divide_into:
        value = step.number / value;
        break;
    }
  }
  const bool holds = op_ == BinaryOp::gt   ? value > limit_
                     : op_ == BinaryOp::lt ? value < limit_
                     : op_ == BinaryOp::ge ? value >= limit_
                     : op_ == BinaryOp::le ? value <= limit_
                     : op_ == BinaryOp::eq ? value == limit_
                                           : value != limit_;
  return holds ? std::optional<double>(value) : std::nullopt;
}

}  // namespace aloft::telemetry::alerts
