// The tree of a PromQL expression, with the place of every node in its text. Made by parse(), printed by
// to_string() and prettify(), evaluated by Engine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/matcher.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::promql {

// What an expression evaluates to.
enum class ValueType : std::uint8_t { none, vector, scalar, matrix, string };
// "instant vector", "scalar", "range vector", "string": as messages to people say it.
std::string_view documented_type(ValueType type);
// "vector", "scalar", "matrix", "string": as the HTTP interface says it.
std::string_view type_name(ValueType type);

// Bytes [start, end) of the text.
struct Span {
  int start = 0;
  int end = 0;
  bool operator==(const Span&) const = default;
};
// "line:column", both from 1, of an offset in the text.
std::string line_and_column(std::string_view text, int offset);

enum class NodeKind : std::uint8_t {
  number,
  string,
  vector_selector,
  matrix_selector,
  subquery,
  call,
  aggregate,
  binary,
  unary,
  paren,
  duration,
  step_invariant  // made by the engine only
};

struct Expr {
  Expr(NodeKind k, Span s) : kind(k), span(s) {}
  virtual ~Expr() = default;
  NodeKind kind;
  Span span;
};
using ExprPtr = std::unique_ptr<Expr>;
ExprPtr clone(const Expr& expr);
ValueType type_of(const Expr& expr);

// The node as its concrete type; the caller knows the kind.
template <class T>
const T& as(const Expr& expr) {
  return static_cast<const T&>(expr);
}
template <class T>
T& as(Expr& expr) {
  return static_cast<T&>(expr);
}

struct NumberLiteral final : Expr {
  NumberLiteral(double v, Span s) : Expr(NodeKind::number, s), value(v) {}
  double value;
  bool is_duration = false;  // was written as one: 5m
};

struct StringLiteral final : Expr {
  StringLiteral(std::string v, Span s) : Expr(NodeKind::string, s), value(std::move(v)) {}
  std::string value;
};

enum class DurationOp : std::uint8_t { add, sub, mul, div, mod, pow, negate, plus, step, range, min, max };

// Arithmetic where a duration is expected, `[5m * 2]`. Operands are DurationExpr or NumberLiteral (seconds).
struct DurationExpr final : Expr {
  DurationExpr(DurationOp o, ExprPtr l, ExprPtr r, Span s)
      : Expr(NodeKind::duration, s), op(o), lhs(std::move(l)), rhs(std::move(r)) {}
  DurationOp op;
  ExprPtr lhs, rhs;      // null where the operator has no such operand
  bool wrapped = false;  // in parentheses
};

enum class AtEdge : std::uint8_t { none, start, end };  // @ start(), @ end()

// offset and @, which selectors and subqueries share. Milliseconds.
struct TimeModifiers {
  Millis offset = 0;
  ExprPtr offset_expr;  // DurationExpr; `offset` is then its value once the query's step is known
  std::optional<Millis> at;
  AtEdge at_edge = AtEdge::none;
};

struct VectorSelector final : Expr {
  explicit VectorSelector(Span s) : Expr(NodeKind::vector_selector, s) {}
  std::string name;               // empty when it stands only among the matchers
  std::vector<Matcher> matchers;  // the name's in them
  TimeModifiers time;
  bool anchored = false;
  bool smoothed = false;
};

struct MatrixSelector final : Expr {
  MatrixSelector(ExprPtr v, Span s) : Expr(NodeKind::matrix_selector, s), selector(std::move(v)) {}
  ExprPtr selector;  // a VectorSelector
  Millis range = 0;
  ExprPtr range_expr;  // DurationExpr
  const VectorSelector& vector() const { return as<VectorSelector>(*selector); }
};

struct Subquery final : Expr {
  Subquery(ExprPtr e, Span s) : Expr(NodeKind::subquery, s), expr(std::move(e)) {}
  ExprPtr expr;
  Millis range = 0;
  ExprPtr range_expr;
  Millis step = 0;  // 0: the engine's default
  ExprPtr step_expr;
  TimeModifiers time;
};

struct Function;  // functions.h

struct Call final : Expr {
  Call(const Function& f, Span s) : Expr(NodeKind::call, s), function(&f) {}
  const Function* function;
  std::vector<ExprPtr> args;
};

enum class AggregateOp : std::uint8_t {
  sum,
  avg,
  count,
  min,
  max,
  group,
  stddev,
  stdvar,
  topk,
  bottomk,
  count_values,
  quantile,
  limitk,
  limit_ratio
};
std::string_view to_string(AggregateOp op);
// topk, bottomk, count_values, quantile, limitk and limit_ratio.
bool takes_parameter(AggregateOp op);

struct Aggregate final : Expr {
  Aggregate(AggregateOp o, Span s) : Expr(NodeKind::aggregate, s), op(o) {}
  AggregateOp op;
  ExprPtr expr;
  ExprPtr param;                      // null where the operator takes none
  std::vector<std::string> grouping;  // as written
  bool without = false;
};

enum class BinaryOp : std::uint8_t {
  add,
  sub,
  mul,
  div,
  mod,
  pow,
  atan2,
  eq,
  ne,
  lt,
  gt,
  le,
  ge,
  land,
  lor,
  lunless,
  trim_upper,  // </
  trim_lower   // >/
};
std::string_view to_string(BinaryOp op);
bool is_comparison(BinaryOp op);
bool is_set_operator(BinaryOp op);

enum class Cardinality : std::uint8_t { one_to_one, many_to_one, one_to_many, many_to_many };
std::string_view to_string(Cardinality cardinality);

struct VectorMatching {
  Cardinality card = Cardinality::one_to_one;
  std::vector<std::string> labels;
  bool on = false;                   // otherwise ignoring
  std::vector<std::string> include;  // of group_left and group_right
  std::optional<double> fill_left;   // stands for samples that the left (right) side lacks
  std::optional<double> fill_right;
};

struct Binary final : Expr {
  Binary(BinaryOp o, ExprPtr l, ExprPtr r, Span s)
      : Expr(NodeKind::binary, s), op(o), lhs(std::move(l)), rhs(std::move(r)) {}
  BinaryOp op;
  ExprPtr lhs, rhs;
  std::optional<VectorMatching> matching;  // when both sides are vectors
  bool return_bool = false;
};

struct Unary final : Expr {
  Unary(bool minus, ExprPtr e, Span s) : Expr(NodeKind::unary, s), negative(minus), expr(std::move(e)) {}
  bool negative;
  ExprPtr expr;
};

struct Paren final : Expr {
  Paren(ExprPtr e, Span s) : Expr(NodeKind::paren, s), expr(std::move(e)) {}
  ExprPtr expr;
};

// Evaluated once and repeated for every step. The engine wraps what no step changes; parse() never gives it.
struct StepInvariant final : Expr {
  explicit StepInvariant(ExprPtr e) : Expr(NodeKind::step_invariant, e->span), expr(std::move(e)) {}
  ExprPtr expr;
};

// The expression inside any parentheses.
const Expr& unwrap(const Expr& expr);
// The nodes right below: the selector of a range, both sides of an operator, an aggregation's expression
// before its parameter. Durations are not among them.
std::vector<const Expr*> children_of(const Expr& expr);
// The selectors of an expression, in the order of the tree.
std::vector<const VectorSelector*> selectors_of(const Expr& expr);

}  // namespace aloft::telemetry::promql
