// Copies and small questions about expression trees.
#include "telemetry/promql/ast.h"

#include <algorithm>

#include "base/ensure.h"
#include "telemetry/promql/functions.h"

namespace aloft::telemetry::promql {
namespace {

ExprPtr clone_or_null(const ExprPtr& expr) { return expr ? clone(*expr) : nullptr; }

TimeModifiers clone_time(const TimeModifiers& time) {
  TimeModifiers copy;
  copy.offset = time.offset;
  copy.offset_expr = clone_or_null(time.offset_expr);
  copy.at = time.at;
  copy.at_edge = time.at_edge;
  return copy;
}

ExprPtr clone_vector(const VectorSelector& from) {
  auto copy = std::make_unique<VectorSelector>(from.span);
  copy->name = from.name;
  copy->matchers = from.matchers;
  copy->time = clone_time(from.time);
  copy->anchored = from.anchored;
  copy->smoothed = from.smoothed;
  return copy;
}

ExprPtr clone_subquery(const Subquery& from) {
  auto copy = std::make_unique<Subquery>(clone(*from.expr), from.span);
  copy->range = from.range;
  copy->range_expr = clone_or_null(from.range_expr);
  copy->step = from.step;
  copy->step_expr = clone_or_null(from.step_expr);
  copy->time = clone_time(from.time);
  return copy;
}

ExprPtr clone_call(const Call& from) {
  auto copy = std::make_unique<Call>(*from.function, from.span);
  for (const ExprPtr& arg : from.args) copy->args.push_back(clone(*arg));
  return copy;
}

ExprPtr clone_aggregate(const Aggregate& from) {
  auto copy = std::make_unique<Aggregate>(from.op, from.span);
  copy->expr = clone(*from.expr);
  copy->param = clone_or_null(from.param);
  copy->grouping = from.grouping;
  copy->without = from.without;
  return copy;
}

ExprPtr clone_binary(const Binary& from) {
  auto copy = std::make_unique<Binary>(from.op, clone(*from.lhs), clone(*from.rhs), from.span);
  copy->matching = from.matching;
  copy->return_bool = from.return_bool;
  return copy;
}

ExprPtr clone_number(const NumberLiteral& from) {
  auto copy = std::make_unique<NumberLiteral>(from.value, from.span);
  copy->is_duration = from.is_duration;
  return copy;
}

ExprPtr clone_matrix(const MatrixSelector& from) {
  auto copy = std::make_unique<MatrixSelector>(clone(*from.selector), from.span);
  copy->range = from.range;
  copy->range_expr = clone_or_null(from.range_expr);
  return copy;
}

ExprPtr clone_duration(const DurationExpr& from) {
  auto copy =
      std::make_unique<DurationExpr>(from.op, clone_or_null(from.lhs), clone_or_null(from.rhs), from.span);
  copy->wrapped = from.wrapped;
  return copy;
}

void gather_selectors(const Expr& expr, std::vector<const VectorSelector*>& out) {
  if (expr.kind == NodeKind::vector_selector) out.push_back(&as<VectorSelector>(expr));
  for (const Expr* child : children_of(expr)) gather_selectors(*child, out);
}

}  // namespace

std::string_view documented_type(ValueType type) {
  switch (type) {
    case ValueType::vector:
      return "instant vector";
    case ValueType::matrix:
      return "range vector";
    default:
      return type_name(type);
  }
}

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::none:
      return "none";
    case ValueType::vector:
      return "vector";
    case ValueType::scalar:
      return "scalar";
    case ValueType::matrix:
      return "matrix";
    case ValueType::string:
      return "string";
  }
  return "none";
}

std::string line_and_column(std::string_view text, int offset) {
  if (text.empty()) return "unknown position";
  if (offset < 0 || static_cast<std::size_t>(offset) > text.size()) return "invalid position";
  const std::string_view before = text.substr(0, static_cast<std::size_t>(offset));
  const auto lines = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_break = before.rfind('\n');
  const int column = offset - (line_break == std::string_view::npos ? -1 : static_cast<int>(line_break));
  return fmt::format("{}:{}", lines, column);
}

ExprPtr clone(const Expr& expr) {
  switch (expr.kind) {
    case NodeKind::number:
      return clone_number(as<NumberLiteral>(expr));
    case NodeKind::string:
      return std::make_unique<StringLiteral>(as<StringLiteral>(expr).value, expr.span);
    case NodeKind::vector_selector:
      return clone_vector(as<VectorSelector>(expr));
    case NodeKind::matrix_selector:
      return clone_matrix(as<MatrixSelector>(expr));
    case NodeKind::subquery:
      return clone_subquery(as<Subquery>(expr));
    case NodeKind::call:
      return clone_call(as<Call>(expr));
    case NodeKind::aggregate:
      return clone_aggregate(as<Aggregate>(expr));
    case NodeKind::binary:
      return clone_binary(as<Binary>(expr));
    case NodeKind::unary:
      return std::make_unique<Unary>(as<Unary>(expr).negative, clone(*as<Unary>(expr).expr), expr.span);
    case NodeKind::paren:
      return std::make_unique<Paren>(clone(*as<Paren>(expr).expr), expr.span);
    case NodeKind::duration:
      return clone_duration(as<DurationExpr>(expr));
    case NodeKind::step_invariant:
      return std::make_unique<StepInvariant>(clone(*as<StepInvariant>(expr).expr));
  }
  ensure(false, "every kind of node can be copied");
  return nullptr;
}

ValueType type_of(const Expr& expr) {
  switch (expr.kind) {
    case NodeKind::number:
    case NodeKind::duration:
      return ValueType::scalar;
    case NodeKind::string:
      return ValueType::string;
    case NodeKind::vector_selector:
    case NodeKind::aggregate:
      return ValueType::vector;
    case NodeKind::matrix_selector:
    case NodeKind::subquery:
      return ValueType::matrix;
    case NodeKind::call:
      return as<Call>(expr).function->returns;
    case NodeKind::binary: {
      const auto& binary = as<Binary>(expr);
      const bool scalars =
          type_of(*binary.lhs) == ValueType::scalar && type_of(*binary.rhs) == ValueType::scalar;
      return scalars ? ValueType::scalar : ValueType::vector;
    }
    case NodeKind::unary:
      return type_of(*as<Unary>(expr).expr);
    case NodeKind::paren:
      return type_of(*as<Paren>(expr).expr);
    case NodeKind::step_invariant:
      return type_of(*as<StepInvariant>(expr).expr);
  }
  return ValueType::none;
}

std::vector<const Expr*> children_of(const Expr& expr) {
  switch (expr.kind) {
    case NodeKind::matrix_selector:
      return {as<MatrixSelector>(expr).selector.get()};
    case NodeKind::subquery:
      return {as<Subquery>(expr).expr.get()};
    case NodeKind::call: {
      std::vector<const Expr*> args;
      for (const ExprPtr& arg : as<Call>(expr).args) args.push_back(arg.get());
      return args;
    }
    case NodeKind::aggregate: {
      std::vector<const Expr*> both{as<Aggregate>(expr).expr.get()};
      if (as<Aggregate>(expr).param) both.push_back(as<Aggregate>(expr).param.get());
      return both;
    }
    case NodeKind::binary:
      return {as<Binary>(expr).lhs.get(), as<Binary>(expr).rhs.get()};
    case NodeKind::unary:
      return {as<Unary>(expr).expr.get()};
    case NodeKind::paren:
      return {as<Paren>(expr).expr.get()};
    case NodeKind::step_invariant:
      return {as<StepInvariant>(expr).expr.get()};
    default:
      return {};
  }
}

std::string_view to_string(AggregateOp op) {
  switch (op) {
    case AggregateOp::sum:
      return "sum";
    case AggregateOp::avg:
      return "avg";
    case AggregateOp::count:
      return "count";
    case AggregateOp::min:
      return "min";
    case AggregateOp::max:
      return "max";
    case AggregateOp::group:
      return "group";
    case AggregateOp::stddev:
      return "stddev";
    case AggregateOp::stdvar:
      return "stdvar";
    case AggregateOp::topk:
      return "topk";
    case AggregateOp::bottomk:
      return "bottomk";
    case AggregateOp::count_values:
      return "count_values";
    case AggregateOp::quantile:
      return "quantile";
    case AggregateOp::limitk:
      return "limitk";
    case AggregateOp::limit_ratio:
      return "limit_ratio";
  }
  return "";
}

bool takes_parameter(AggregateOp op) {
  switch (op) {
    case AggregateOp::topk:
    case AggregateOp::bottomk:
    case AggregateOp::count_values:
    case AggregateOp::quantile:
    case AggregateOp::limitk:
    case AggregateOp::limit_ratio:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(BinaryOp op) {
  static constexpr std::string_view names[] = {"+", "-", "*",  "/",  "%",   "^",  "atan2",  "==", "!=",
                                               "<", ">", "<=", ">=", "and", "or", "unless", "</", ">/"};
  return names[static_cast<std::size_t>(op)];
}

bool is_comparison(BinaryOp op) { return op >= BinaryOp::eq && op <= BinaryOp::ge; }
bool is_set_operator(BinaryOp op) { return op >= BinaryOp::land && op <= BinaryOp::lunless; }

std::string_view to_string(Cardinality cardinality) {
  switch (cardinality) {
    case Cardinality::one_to_one:
      return "one-to-one";
    case Cardinality::many_to_one:
      return "many-to-one";
    case Cardinality::one_to_many:
      return "one-to-many";
    case Cardinality::many_to_many:
      return "many-to-many";
  }
  return "";
}

const Expr& unwrap(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == NodeKind::paren) inner = as<Paren>(*inner).expr.get();
  return *inner;
}

std::vector<const VectorSelector*> selectors_of(const Expr& expr) {
  std::vector<const VectorSelector*> out;
  gather_selectors(expr, out);
  return out;
}

}  // namespace aloft::telemetry::promql
