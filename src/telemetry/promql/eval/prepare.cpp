// Makes an expression ready for one query.
#include "telemetry/promql/eval/prepare.h"

#include <cmath>

#include "telemetry/promql/functions.h"

namespace aloft::telemetry::promql {
namespace {

struct Invariance {
  bool invariant = false;
  bool wrap = false;  // worth evaluating once
};

void unwrap_parens(ExprPtr& expr) {
  while (expr && expr->kind == NodeKind::paren) expr = std::move(as<Paren>(*expr).expr);
}

void wrap(ExprPtr& expr) { expr = std::make_unique<StepInvariant>(std::move(expr)); }

class Preparation {
 public:
  Preparation(Millis start, Millis end, Millis step) : start_(start), end_(end), step_(step) {}

  Result<> run(ExprPtr& expr) {
    fold(expr);
    TRY_DO(durations(*expr));
    if (mark(*expr).wrap) wrap(expr);
    return {};
  }

 private:
  void fold(ExprPtr& expr);
  Result<> durations(Expr& expr);
  Result<> time(TimeModifiers& modifiers);
  Result<Millis> millis(const Expr& expr, bool negative_allowed) const;
  Result<double> seconds(const Expr& expr) const;
  Invariance mark(Expr& expr);
  Invariance mark_call(Call& call);
  void edges(TimeModifiers& modifiers) const;

  Millis start_;
  Millis end_;
  Millis step_;
};

// start(), end(), range() and step() are numbers in a given query.
void Preparation::fold(ExprPtr& expr) {
  if (expr->kind == NodeKind::call) {
    double value = 0;
    switch (as<Call>(*expr).function->id) {
      case FunctionId::start:
        value = static_cast<double>(start_) / 1000;
        break;
      case FunctionId::end:
        value = static_cast<double>(end_) / 1000;
        break;
      case FunctionId::range:
        value = static_cast<double>(end_ - start_) / 1000;
        break;
      case FunctionId::step:
        value = start_ == end_ ? 0 : static_cast<double>(step_) / 1000;
        break;
      default:
        for (ExprPtr& arg : as<Call>(*expr).args) fold(arg);
        return;
    }
    expr = std::make_unique<NumberLiteral>(value, expr->span);
    return;
  }
  switch (expr->kind) {
    case NodeKind::binary:
      fold(as<Binary>(*expr).lhs);
      return fold(as<Binary>(*expr).rhs);
    case NodeKind::aggregate:
      if (as<Aggregate>(*expr).param) fold(as<Aggregate>(*expr).param);
      return fold(as<Aggregate>(*expr).expr);
    case NodeKind::unary:
      return fold(as<Unary>(*expr).expr);
    case NodeKind::paren:
      return fold(as<Paren>(*expr).expr);
    case NodeKind::subquery:
      return fold(as<Subquery>(*expr).expr);
    default:
      return;
  }
}

Result<> Preparation::time(TimeModifiers& modifiers) {
  if (!modifiers.offset_expr) return {};
  TRY(offset, millis(*modifiers.offset_expr, true));
  modifiers.offset = offset;
  return {};
}

Result<> Preparation::durations(Expr& expr) {
  if (expr.kind == NodeKind::vector_selector) return time(as<VectorSelector>(expr).time);
  if (expr.kind == NodeKind::matrix_selector) {
    auto& node = as<MatrixSelector>(expr);
    if (node.range_expr) {
      TRY(range, millis(*node.range_expr, false));
      node.range = range;
    }
  }
  if (expr.kind == NodeKind::subquery) {
    auto& node = as<Subquery>(expr);
    TRY_DO(time(node.time));
    if (node.step_expr) {
      TRY(step, millis(*node.step_expr, false));
      node.step = step;
    }
    if (node.range_expr) {
      TRY(range, millis(*node.range_expr, false));
      node.range = range;
    }
  }
  for (const Expr* child : children_of(expr)) TRY_DO(durations(const_cast<Expr&>(*child)));
  return {};
}

Result<Millis> Preparation::millis(const Expr& expr, bool negative_allowed) const {
  TRY(value, seconds(expr));
  const auto refuse = [&](std::string_view why) {
    return fail(Code::invalid, fmt::format("{}:{}: {}", expr.span.start, expr.span.end, why));
  };
  if (!std::isfinite(value)) return refuse("duration is NaN or infinite");
  if (value <= 0 && !negative_allowed) return refuse("duration must be greater than 0");
  if (std::abs(value) > 9223372036.854775807) return refuse("duration is out of range");
  return static_cast<Millis>(value * 1000);
}

Result<double> Preparation::seconds(const Expr& expr) const {
  if (expr.kind == NodeKind::number) return as<NumberLiteral>(expr).value;
  const auto& node = as<DurationExpr>(expr);
  double left = 0;
  double right = 0;
  if (node.lhs) {
    TRY(value, seconds(*node.lhs));
    left = value;
  }
  if (node.rhs) {
    TRY(value, seconds(*node.rhs));
    right = value;
  }
  const auto refuse = [&](std::string_view why) {
    return fail(Code::invalid, fmt::format("{}:{}: {}", expr.span.start, expr.span.end, why));
  };
  switch (node.op) {
    case DurationOp::add:
      return left + right;
    case DurationOp::sub:
      return left - right;
    case DurationOp::mul:
      return left * right;
    case DurationOp::div:
      if (right == 0) return refuse("division by zero");
      return left / right;
    case DurationOp::mod:
      if (right == 0) return refuse("modulo by zero");
      return std::fmod(left, right);
    case DurationOp::pow:
      return std::pow(left, right);
    case DurationOp::negate:
      return -right;
    case DurationOp::plus:
      return right;
    case DurationOp::step:
      return static_cast<double>(step_) / 1000;
    case DurationOp::range:
      return static_cast<double>(end_ - start_) / 1000;
    case DurationOp::min:
      return std::min(left, right);
    case DurationOp::max:
      return std::max(left, right);
  }
  return 0;
}

void Preparation::edges(TimeModifiers& modifiers) const {
  if (modifiers.at_edge == AtEdge::start) modifiers.at = start_;
  if (modifiers.at_edge == AtEdge::end) modifiers.at = end_;
}

Invariance Preparation::mark_call(Call& call) {
  bool invariant = !depends_on_time(call.function->id);
  // timestamp() of a sample that does not change does not either.
  bool fixed_timestamp = call.function->id == FunctionId::timestamp;
  std::vector<bool> wraps;
  for (ExprPtr& arg : call.args) {
    unwrap_parens(arg);
    const Invariance found = mark(*arg);
    wraps.push_back(found.wrap);
    invariant = invariant && found.invariant;
    fixed_timestamp = fixed_timestamp && found.invariant && arg->kind == NodeKind::vector_selector;
  }
  if (invariant || fixed_timestamp) return {true, true};
  for (std::size_t i = 0; i < wraps.size(); ++i)
    if (wraps[i]) wrap(call.args[i]);
  return {};
}

Invariance Preparation::mark(Expr& expr) {
  switch (expr.kind) {
    case NodeKind::vector_selector: {
      auto& time = as<VectorSelector>(expr).time;
      edges(time);
      return {time.at.has_value(), time.at.has_value()};
    }
    case NodeKind::aggregate: {
      auto& node = as<Aggregate>(expr);
      unwrap_parens(node.expr);
      unwrap_parens(node.param);
      const Invariance inner = mark(*node.expr);
      const Invariance param = node.param ? mark(*node.param) : Invariance{true, false};
      if (inner.invariant && param.invariant) return {true, inner.wrap};
      if (inner.wrap) wrap(node.expr);
      if (param.wrap) wrap(node.param);
      return {};
    }
    case NodeKind::binary: {
      auto& node = as<Binary>(expr);
      const Invariance left = mark(*node.lhs);
      const Invariance right = mark(*node.rhs);
      if (left.invariant && right.invariant) return {true, true};
      if (left.wrap) wrap(node.lhs);
      if (right.wrap) wrap(node.rhs);
      return {};
    }
    case NodeKind::call:
      return mark_call(as<Call>(expr));
    case NodeKind::matrix_selector:
      return {mark(*as<MatrixSelector>(expr).selector).invariant, false};
    case NodeKind::subquery: {
      auto& node = as<Subquery>(expr);
      if (mark(*node.expr).invariant) wrap(node.expr);
      edges(node.time);
      return {node.time.at.has_value(), false};
    }
    case NodeKind::paren:
      return mark(*as<Paren>(expr).expr);
    case NodeKind::unary:
      return mark(*as<Unary>(expr).expr);
    default:
      return {true, false};
  }
}

}  // namespace

Result<ExprPtr> prepare(const Expr& expr, Millis start, Millis end, Millis step) {
  ExprPtr ready = clone(expr);
  TRY_DO(Preparation(start, end, step).run(ready));
  return ready;
}

}  // namespace aloft::telemetry::promql
