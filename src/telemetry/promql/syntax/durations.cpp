// Parses arithmetic on durations, as brackets and offsets hold it.
#include <cmath>

#include "telemetry/promql/syntax/parsing.h"

namespace aloft::telemetry::promql {
namespace {

constexpr double most_seconds = 9223372036.854775807;  // of a Go duration

struct Operator {
  DurationOp op;
  int level;
};

std::optional<Operator> duration_operator(const Token& token) {
  if (token.kind != TokenKind::binary_operator) return std::nullopt;
  switch (token.op) {
    case BinaryOp::add:
      return Operator{DurationOp::add, 1};
    case BinaryOp::sub:
      return Operator{DurationOp::sub, 1};
    case BinaryOp::mul:
      return Operator{DurationOp::mul, 2};
    case BinaryOp::div:
      return Operator{DurationOp::div, 2};
    case BinaryOp::mod:
      return Operator{DurationOp::mod, 2};
    case BinaryOp::pow:
      return Operator{DurationOp::pow, 3};
    default:
      return std::nullopt;
  }
}

bool is_zero(const Expr& expr) { return expr.kind == NodeKind::number && as<NumberLiteral>(expr).value == 0; }

}  // namespace

void Parsing::needs_experimental(Span span) {
  if (!options_.experimental) note(span, "experimental duration expression is not enabled");
}

ExprPtr Parsing::duration(int level) {
  ++depth_;
  ExprPtr left = too_deep(token().span()) ? nullptr : duration_operand();
  int chain = 0;
  while (left) {
    const std::optional<Operator> found = duration_operator(token());
    if (!found || found->level < level) break;
    const Token op = take();
    ++depth_;
    ++chain;
    ExprPtr right = too_deep(op.span())
                        ? nullptr
                        : duration(found->op == DurationOp::pow ? found->level : found->level + 1);
    if (!right) {
      left = nullptr;
      break;
    }
    needs_experimental(left->span);
    if (found->op == DurationOp::div && is_zero(*right)) note(op.span(), "division by zero");
    if (found->op == DurationOp::mod && is_zero(*right)) note(op.span(), "modulo by zero");
    const Span span{left->span.start, right->span.end};
    left = std::make_unique<DurationExpr>(found->op, std::move(left), std::move(right), span);
  }
  depth_ -= 1 + chain;
  return left;
}

ExprPtr Parsing::duration_number() {
  ExprPtr literal = number();
  if (std::abs(as<NumberLiteral>(*literal).value) > most_seconds) {
    note(literal->span, "duration out of range");
    as<NumberLiteral>(*literal).value = 0;
  }
  return literal;
}

ExprPtr Parsing::duration_operand() {
  if (is(TokenKind::number) || is(TokenKind::duration)) return duration_number();
  if (is_operator(BinaryOp::add) || is_operator(BinaryOp::sub)) {
    const Token sign = take();
    ExprPtr inner = duration(3);
    return inner ? negate_duration(sign, std::move(inner)) : nullptr;
  }
  if (is(TokenKind::left_paren)) {
    const int start = take().position;
    ExprPtr inner = duration(1);
    if (!inner || !is(TokenKind::right_paren)) return nullptr;
    needs_experimental(inner->span);
    return wrap_duration(std::move(inner), {start, take().end()});
  }
  return duration_call();
}

ExprPtr Parsing::duration_call() {
  const bool step = is(TokenKind::step);
  const bool two = is(TokenKind::max_of) || is(TokenKind::min_of);
  if (!step && !two && !is(TokenKind::range)) return nullptr;
  const Token name = take();
  if (!accept(TokenKind::left_paren)) return nullptr;
  ExprPtr left;
  ExprPtr right;
  DurationOp op = step ? DurationOp::step : DurationOp::range;
  if (two) {
    op = name.kind == TokenKind::max_of ? DurationOp::max : DurationOp::min;
    left = duration(1);
    if (!left || !accept(TokenKind::comma)) return nullptr;
    right = duration(1);
    if (!right) return nullptr;
  }
  if (!is(TokenKind::right_paren)) return nullptr;
  Span span{name.position, take().end()};
  needs_experimental(span);
  // What Prometheus names in errors of these are the operands.
  if (two) span = {left->span.start, right->span.end};
  return std::make_unique<DurationExpr>(op, std::move(left), std::move(right), span);
}

// A bare number has no place for the parentheses, so it becomes the operand of a plus.
ExprPtr Parsing::wrap_duration(ExprPtr expr, Span span) {
  if (expr->kind != NodeKind::duration) {
    span.end = expr->span.end;
    expr = std::make_unique<DurationExpr>(DurationOp::plus, nullptr, std::move(expr), span);
  }
  as<DurationExpr>(*expr).wrapped = true;
  return expr;
}

ExprPtr Parsing::negate_duration(const Token& sign, ExprPtr expr) {
  const bool negative = sign.op == BinaryOp::sub;
  if (expr->kind == NodeKind::duration) {
    if (!negative) return expr;
    const Span span{sign.position, expr->span.end};
    return std::make_unique<DurationExpr>(DurationOp::negate, nullptr, std::move(expr), span);
  }
  auto& literal = as<NumberLiteral>(*expr);
  if (negative) literal.value = -literal.value;
  literal.span.start = sign.position;
  return expr;
}

ExprPtr Parsing::range_duration() {
  ExprPtr found = duration(1);
  if (found && found->kind == NodeKind::number && as<NumberLiteral>(*found).value <= 0)
    note(found->span, "duration must be greater than 0");
  return found;
}

// `foo offset 5m * 2` doubles foo: a bare number, step() and the like end the offset, and so does what stands
// behind a sign; only parentheses may go on.
ExprPtr Parsing::offset_duration() {
  if (is(TokenKind::number) || is(TokenKind::duration)) return duration_number();
  if (is(TokenKind::step) || is(TokenKind::range) || is(TokenKind::max_of) || is(TokenKind::min_of))
    return duration_call();
  if (!is_operator(BinaryOp::add) && !is_operator(BinaryOp::sub)) return duration(1);
  const Token& behind = tokens_[at_ + 1];
  if (behind.kind == TokenKind::binary_operator) return duration(1);
  const Token sign = take();
  ExprPtr inner;
  if (is(TokenKind::number) || is(TokenKind::duration)) {
    inner = duration_number();
  } else if (is(TokenKind::left_paren)) {
    const int start = take().position;
    inner = duration(1);
    if (!inner || !is(TokenKind::right_paren)) return nullptr;
    inner = wrap_duration(std::move(inner), {start, take().end()});
  } else {
    inner = duration_call();
  }
  return inner ? negate_duration(sign, std::move(inner)) : nullptr;
}

}  // namespace aloft::telemetry::promql
