// What words mean by themselves: operators and literals.
#include "telemetry/traces/traceql/token_cursor.h"

#include <limits>

namespace aloft::telemetry::traces::traceql {
namespace {

Value keyword_value(std::string_view word) {
  if (word == "true") return boolean_value(true);
  if (word == "false") return boolean_value(false);
  if (word == "minInt") return integer_value(std::numeric_limits<std::int64_t>::min());
  if (word == "maxInt") return integer_value(std::numeric_limits<std::int64_t>::max());
  for (const auto status : {SpanStatus::unset, SpanStatus::ok, SpanStatus::error}) {
    if (word == status_name(status)) return status_value(status);
  }
  for (int kind = 0; kind <= static_cast<int>(SpanKind::consumer); ++kind) {
    if (word == kind_name(static_cast<SpanKind>(kind))) return kind_value(static_cast<SpanKind>(kind));
  }
  return {};
}

}  // namespace

std::unexpected<Error> TokenCursor::unexpected(std::string_view expecting) const {
  std::string what = fmt::format("syntax error: unexpected {}", here().shown());
  if (!expecting.empty()) what += fmt::format(", expecting {}", expecting);
  return fail(parse_error(what, here().line, here().column));
}

std::unexpected<Error> TokenCursor::too_deep() const {
  return fail(parse_error("syntax error: expressions are nested too deeply", here().line, here().column));
}

std::unexpected<Error> TokenCursor::unexpected_at(const Token& token) {
  return fail(
      parse_error(fmt::format("syntax error: unexpected {}", token.shown()), token.line, token.column));
}

Infix infix_of(const Token& token) {
  if (token.kind != Token::Kind::word) return {};
  constexpr std::array<std::pair<Op, int>, 16> table = {{{Op::add, sum_level},
                                                         {Op::subtract, sum_level},
                                                         {Op::multiply, product_level},
                                                         {Op::divide, product_level},
                                                         {Op::modulo, product_level},
                                                         {Op::power, power_level},
                                                         {Op::equal, comparison_level},
                                                         {Op::not_equal, comparison_level},
                                                         {Op::less, comparison_level},
                                                         {Op::less_equal, comparison_level},
                                                         {Op::greater, comparison_level},
                                                         {Op::greater_equal, comparison_level},
                                                         {Op::regex, comparison_level},
                                                         {Op::not_regex, comparison_level},
                                                         {Op::logical_and, logic_level},
                                                         {Op::logical_or, logic_level}}};
  for (const auto& [op, level] : table) {
    if (op_text(op) == token.text) return {op, level};
  }
  return {};
}

bool is_literal(const Token& token) {
  switch (token.kind) {
    case Token::Kind::string:
    case Token::Kind::integer:
    case Token::Kind::real:
    case Token::Kind::duration:
      return true;
    case Token::Kind::word:
      return token.text == "nil" || !keyword_value(token.text).is_nil();
    default:
      return false;
  }
}

Value literal_of(const Token& token) {
  switch (token.kind) {
    case Token::Kind::string:
      return string_value(token.text);
    case Token::Kind::integer:
      return integer_value(token.number);
    case Token::Kind::real:
      return real_value(token.real);
    case Token::Kind::duration:
      return duration_value(token.number);
    default:
      return keyword_value(token.text);
  }
}

void negate(Value& value) {
  if (value.type == ValueType::real) {
    value.real = -value.real;
  } else {
    value.number = static_cast<std::int64_t>(-static_cast<std::uint64_t>(value.number));
  }
}

}  // namespace aloft::telemetry::traces::traceql
