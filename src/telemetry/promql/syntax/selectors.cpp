// Parses selectors: matchers in braces, ranges, subqueries and the modifiers of time.
#include <cmath>

#include "telemetry/promql/syntax/parsing.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

Millis millis_of(double seconds) { return static_cast<Millis>(std::round(seconds * 1e9) / 1e6); }

// A constant's milliseconds; a duration expression's are known only with the query.
Millis constant_millis(const ExprPtr& duration) {
  return duration->kind == NodeKind::number ? millis_of(as<NumberLiteral>(*duration).value) : 0;
}

ExprPtr only_expression(ExprPtr duration) {
  return duration->kind == NodeKind::duration ? std::move(duration) : nullptr;
}

std::optional<MatchType> match_type(const Token& token) {
  switch (token.kind) {
    case TokenKind::equal:
      return MatchType::equal;
    case TokenKind::equal_regex:
      return MatchType::regex;
    case TokenKind::not_equal_regex:
      return MatchType::not_regex;
    case TokenKind::binary_operator:
      if (token.op == BinaryOp::ne) return MatchType::not_equal;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

ExprPtr Parsing::vector_selector() {
  auto selector = std::make_unique<VectorSelector>(token().span());
  if (!is(TokenKind::left_brace)) selector->name = take().text;
  if (is(TokenKind::left_brace)) {
    if (!matchers(*selector)) return nullptr;
    selector->span.end = tokens_[at_ - 1].end();
  }
  if (!selector->name.empty())
    selector->matchers.push_back(Matcher::equal(std::string(metric_name_label), selector->name));
  return selector;
}

bool Parsing::matchers(VectorSelector& selector) {
  take();
  if (accept(TokenKind::right_brace)) return true;
  while (true) {
    if (!matcher(selector)) return false;
    if (accept(TokenKind::right_brace)) return true;
    if (!accept(TokenKind::comma)) return unexpected("label matching", "\",\" or \"}\""), false;
    if (accept(TokenKind::right_brace)) return true;
  }
}

bool Parsing::matcher(VectorSelector& selector) {
  if (!is(TokenKind::identifier) && !is(TokenKind::string))
    return unexpected("label matching", "identifier or \"}\""), false;
  const Token name = take();
  const std::string label = name.kind == TokenKind::string ? unquoted(name) : std::string(name.text);
  const std::optional<MatchType> type = match_type(token());
  if (!type) {
    if (name.kind != TokenKind::string) return unexpected("label matching", "label matching operator"), false;
    selector.matchers.push_back(Matcher::equal(std::string(metric_name_label), label));
    return true;
  }
  take();
  if (!is(TokenKind::string)) return unexpected("label matching", "string"), false;
  const Token& value = take();
  auto made = Matcher::make(*type, label, unquoted(value));
  if (made)
    selector.matchers.push_back(std::move(*made));
  else
    note({name.position, value.end()}, made.error().message());
  return true;
}

ExprPtr Parsing::postfix(ExprPtr expr, bool& more) {
  more = true;
  switch (token().kind) {
    case TokenKind::left_bracket:
      return range_or_subquery(std::move(expr));
    case TokenKind::offset:
      take();
      return offset(*expr) ? std::move(expr) : nullptr;
    case TokenKind::at:
      take();
      return at_modifier(*expr) ? std::move(expr) : nullptr;
    case TokenKind::anchored:
    case TokenKind::smoothed:
      anchor(*expr, take().kind == TokenKind::smoothed);
      return expr;
    default:
      more = false;
      return expr;
  }
}

ExprPtr Parsing::range_or_subquery(ExprPtr expr) {
  const Token open = take();
  ExprPtr range = range_duration();
  if (!range) {
    unexpected("subquery or range selector", "number, duration, step(), or range()");
    return nullptr;
  }
  if (accept(TokenKind::colon)) return finish_subquery(std::move(expr), std::move(range));
  if (!is(TokenKind::right_bracket)) {
    unexpected("subquery or range", "\":\" or \"]\"");
    return nullptr;
  }
  const Token& close = take();
  const Span brackets{open.position, close.end()};
  if (expr->kind != NodeKind::vector_selector) {
    note(brackets, "ranges only allowed for vector selectors");
    return nullptr;
  }
  const TimeModifiers& time = as<VectorSelector>(*expr).time;
  if (time.offset != 0 || time.offset_expr) {
    note(brackets, "no offset modifiers allowed before range");
  } else if (time.at || time.at_edge != AtEdge::none) {
    note(brackets, "no @ modifiers allowed before range");
  }
  const Span span{expr->span.start, close.end()};
  auto node = std::make_unique<MatrixSelector>(std::move(expr), span);
  node->range = constant_millis(range);
  node->range_expr = only_expression(std::move(range));
  return node;
}

ExprPtr Parsing::finish_subquery(ExprPtr expr, ExprPtr range) {
  ExprPtr step;
  if (!is(TokenKind::right_bracket)) {
    step = range_duration();
    if (!step) {
      unexpected("subquery selector", "number, duration, step(), range(), or \"]\"");
      return nullptr;
    }
    if (!is(TokenKind::right_bracket)) {
      unexpected("subquery selector", "\"]\"");
      return nullptr;
    }
  }
  const Span span{expr->span.start, take().end()};
  auto node = std::make_unique<Subquery>(std::move(expr), span);
  node->range = constant_millis(range);
  node->range_expr = only_expression(std::move(range));
  if (step) {
    node->step = constant_millis(step);
    node->step_expr = only_expression(std::move(step));
  }
  return node;
}

TimeModifiers* Parsing::time_of(Expr& expr, std::string_view what) {
  switch (expr.kind) {
    case NodeKind::vector_selector:
      return &as<VectorSelector>(expr).time;
    case NodeKind::matrix_selector:
      return &as<VectorSelector>(*as<MatrixSelector>(expr).selector).time;
    case NodeKind::subquery:
      return &as<Subquery>(expr).time;
    default:
      note(expr.span,
           fmt::format("{} modifier must be preceded by an instant vector selector or range vector "
                       "selector or a subquery",
                       what));
      return nullptr;
  }
}

bool Parsing::offset(Expr& expr) {
  ExprPtr duration = offset_duration();
  if (!duration) return unexpected("offset", "number, duration, step(), or range()"), false;
  TimeModifiers* time = time_of(expr, "offset");
  if (time == nullptr) return true;
  if (time->offset != 0 || time->offset_expr) note(expr.span, "offset may not be set multiple times");
  time->offset = constant_millis(duration);
  time->offset_expr = only_expression(std::move(duration));
  expr.span.end = tokens_[at_ - 1].end();
  return true;
}

bool Parsing::at_modifier(Expr& expr) {
  const bool preprocessor = is(TokenKind::start) || is(TokenKind::end_function);
  const std::size_t begin = at_;
  double seconds = 0;
  if (preprocessor) {
    take();
    if (!accept(TokenKind::left_paren) || !accept(TokenKind::right_paren))
      return unexpected("@", "timestamp"), false;
  } else {
    bool negative = false;
    if (is_operator(BinaryOp::add) || is_operator(BinaryOp::sub)) negative = take().op == BinaryOp::sub;
    if (!is(TokenKind::number) && !is(TokenKind::duration)) return unexpected("@", "timestamp"), false;
    seconds = as<NumberLiteral>(*number()).value;
    if (negative) seconds = -seconds;
    if (!std::isfinite(seconds) || std::abs(seconds) >= 9223372036854775807.0)
      note(expr.span, fmt::format("timestamp out of bounds for @ modifier: {}", format_fixed(seconds, 6)));
  }
  TimeModifiers* time = time_of(expr, "@");
  if (time == nullptr) return true;
  if (time->at || time->at_edge != AtEdge::none) {
    note(expr.span, "@ <timestamp> may not be set multiple times");
    return true;
  }
  if (preprocessor)
    time->at_edge = tokens_[begin].kind == TokenKind::start ? AtEdge::start : AtEdge::end;
  else if (std::abs(seconds) < 9.2e15)
    time->at = static_cast<Millis>(std::round(seconds * 1000));
  else
    time->at = seconds > 0 ? Millis{9'200'000'000'000'000'000} : Millis{-9'200'000'000'000'000'000};
  expr.span.end = tokens_[at_ - 1].end();
  return true;
}

void Parsing::anchor(Expr& expr, bool smoothed) {
  const std::string_view name = smoothed ? "smoothed" : "anchored";
  if (!options_.experimental)
    return note(expr.span, fmt::format("{} modifier is experimental and not enabled", name));
  VectorSelector* selector = nullptr;
  if (expr.kind == NodeKind::vector_selector) selector = &as<VectorSelector>(expr);
  if (expr.kind == NodeKind::matrix_selector)
    selector = &as<VectorSelector>(*as<MatrixSelector>(expr).selector);
  if (expr.kind == NodeKind::subquery)
    return note(expr.span, fmt::format("{} modifier is not supported for subqueries", name));
  if (selector == nullptr) return note(expr.span, fmt::format("{} modifier not implemented", name));
  (smoothed ? selector->smoothed : selector->anchored) = true;
  if (selector->smoothed && selector->anchored)
    note(expr.span, "anchored and smoothed modifiers cannot be used together");
}

bool Parsing::metric(std::vector<std::pair<std::string, std::string>>& labels) {
  if (is_metric_word(token())) labels.emplace_back(metric_name_label, take().text);
  if (accept(TokenKind::left_brace) && !accept(TokenKind::right_brace)) {
    while (true) {
      if (!is(TokenKind::identifier) && !is(TokenKind::string))
        return unexpected("label set", "identifier or \"}\""), false;
      const Token name = take();
      std::string label = name.kind == TokenKind::string ? unquoted(name) : std::string(name.text);
      if (accept(TokenKind::equal)) {
        if (!is(TokenKind::string)) return unexpected("label set", "string"), false;
        labels.emplace_back(std::move(label), unquoted(take()));
      } else if (name.kind == TokenKind::string) {
        labels.emplace_back(metric_name_label, std::move(label));
      } else {
        return unexpected("label set", "\"=\""), false;
      }
      if (accept(TokenKind::right_brace)) break;
      if (!accept(TokenKind::comma)) return unexpected("label set", "\",\" or \"}\""), false;
      if (accept(TokenKind::right_brace)) break;
    }
  }
  if (!is(TokenKind::end)) return unexpected(), false;
  return !failed_;
}

}  // namespace aloft::telemetry::promql
