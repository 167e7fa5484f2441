// Cuts PromQL into tokens. What a character means depends on the brackets around it, as in Prometheus' lexer,
// whose words the errors use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/promql/ast.h"

namespace aloft::telemetry::promql {

enum class TokenKind : std::uint8_t {
  end,
  error,
  comma,
  colon,
  equal,  // = of a matcher
  identifier,
  left_brace,
  left_bracket,
  left_paren,
  metric_identifier,  // an identifier with colons
  number,
  right_brace,
  right_bracket,
  right_paren,
  string,
  duration,
  at,
  equal_regex,
  not_equal_regex,
  binary_operator,  // `op` says which
  aggregator,       // `aggregate`
  bool_modifier,
  by,
  group_left,
  group_right,
  fill,
  fill_left,
  fill_right,
  ignoring,
  offset,
  smoothed,
  anchored,
  on,
  without,
  start,
  end_function,
  step,
  range,
  max_of,
  min_of
};

struct Token {
  TokenKind kind = TokenKind::end;
  BinaryOp op = BinaryOp::add;
  AggregateOp aggregate = AggregateOp::sum;
  int position = 0;
  std::string_view text;
  std::string error;

  int end() const { return position + static_cast<int>(text.size()); }
  Span span() const { return {position, end()}; }
  // As messages name it: `identifier "foo"`, `<op:+>`, `end of input`.
  std::string description() const;
};

// All tokens; the last one is `end` or `error`. Comments are left out.
std::vector<Token> tokenize(std::string_view text);

}  // namespace aloft::telemetry::promql
