// A Pratt parser for PromQL.
#include "telemetry/promql/parser.h"

#include <cmath>

#include "base/bytes.h"
#include "telemetry/promql/functions.h"
#include "telemetry/promql/syntax/parsing.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

// Evaluation goes as deep as the tree, so this bounds the stack of whoever works on it.
constexpr int most_levels = 500;

int level_of(const Token& token) {
  if (token.kind != TokenKind::binary_operator) return 0;
  switch (token.op) {
    case BinaryOp::lor:
      return 1;
    case BinaryOp::land:
    case BinaryOp::lunless:
      return 2;
    case BinaryOp::add:
    case BinaryOp::sub:
      return 4;
    case BinaryOp::mul:
    case BinaryOp::div:
    case BinaryOp::mod:
    case BinaryOp::atan2:
      return 5;
    case BinaryOp::pow:
      return 6;
    default:
      return 3;
  }
}

bool is_sign(const Token& token) {
  return token.kind == TokenKind::binary_operator && (token.op == BinaryOp::add || token.op == BinaryOp::sub);
}

// May an aggregator's name be a metric's, when this token follows?
bool ends_metric_name(const Token& token) {
  switch (token.kind) {
    case TokenKind::end:
    case TokenKind::error:
    case TokenKind::left_brace:
    case TokenKind::left_bracket:
    case TokenKind::right_paren:
    case TokenKind::comma:
    case TokenKind::binary_operator:
    case TokenKind::offset:
    case TokenKind::at:
    case TokenKind::anchored:
    case TokenKind::smoothed:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_label_word(const Token& token) {
  switch (token.kind) {
    case TokenKind::identifier:
    case TokenKind::metric_identifier:
    case TokenKind::aggregator:
    case TokenKind::bool_modifier:
    case TokenKind::by:
    case TokenKind::group_left:
    case TokenKind::group_right:
    case TokenKind::fill:
    case TokenKind::fill_left:
    case TokenKind::fill_right:
    case TokenKind::ignoring:
    case TokenKind::offset:
    case TokenKind::on:
    case TokenKind::start:
    case TokenKind::end_function:
    case TokenKind::step:
    case TokenKind::range:
    case TokenKind::anchored:
    case TokenKind::smoothed:
    case TokenKind::max_of:
    case TokenKind::min_of:
      return true;
    case TokenKind::binary_operator:
      return is_set_operator(token.op) || token.op == BinaryOp::atan2;
    default:
      return false;
  }
}

bool is_metric_word(const Token& token) {
  switch (token.kind) {
    case TokenKind::bool_modifier:
    case TokenKind::group_left:
    case TokenKind::group_right:
    case TokenKind::ignoring:
    case TokenKind::on:
      return false;
    case TokenKind::without:
      return true;
    case TokenKind::binary_operator:
      return is_set_operator(token.op);
    default:
      return is_label_word(token);
  }
}

void Parsing::note(Span span, std::string message) {
  if (failed_) return;
  failed_ = true;
  error_span_ = span;
  error_message_ = std::move(message);
}

Error Parsing::error() const {
  return {Code::bad_request,
          fmt::format("{}: parse error: {}", line_and_column(text_, error_span_.start), error_message_)};
}

void Parsing::unexpected(std::string_view context, std::string_view expected) {
  if (is(TokenKind::error)) return note(token().span(), token().error);
  std::string message = "unexpected " + token().description();
  if (!context.empty()) message += fmt::format(" in {}", context);
  if (!expected.empty()) message += fmt::format(", expected {}", expected);
  note(token().span(), std::move(message));
}

bool Parsing::too_deep(Span span) {
  if (depth_ <= most_levels) return false;
  note(span, "expression is nested too deeply");
  return true;
}

ExprPtr Parsing::expression() {
  if (is(TokenKind::end)) {
    note({}, "no expression found in input");
    return nullptr;
  }
  ExprPtr whole = expr(loosest);
  if (!whole) return nullptr;
  if (!is(TokenKind::end)) {
    unexpected();
    return nullptr;
  }
  if (!failed_) check_types(*whole, *this, text_);
  return failed_ ? nullptr : std::move(whole);
}

ExprPtr Parsing::metric_selector() {
  if (!is(TokenKind::left_brace) && !is_metric_word(token())) {
    unexpected();
    return nullptr;
  }
  ExprPtr selector = vector_selector();
  if (selector && !is(TokenKind::end)) unexpected();
  return failed_ ? nullptr : std::move(selector);
}

ExprPtr Parsing::expr(int level) {
  ++depth_;
  ExprPtr left = too_deep(token().span()) ? nullptr : operand();
  int chain = 0;
  while (left) {
    bool more = false;
    left = postfix(std::move(left), more);
    if (more) continue;
    if (!left || level_of(token()) == 0 || level_of(token()) < level) break;
    // A chain of operators makes a tree as deep as it is long.
    ++depth_;
    ++chain;
    left = too_deep(token().span()) ? nullptr : binary(std::move(left));
  }
  depth_ -= 1 + chain;
  return left;
}

ExprPtr Parsing::operand() {
  switch (token().kind) {
    case TokenKind::number:
    case TokenKind::duration:
      return number();
    case TokenKind::string:
      return string();
    case TokenKind::left_paren:
      return paren();
    case TokenKind::left_brace:
      return vector_selector();
    default:
      break;
  }
  if (is_sign(token())) return unary();
  if (is_metric_word(token())) return word();
  unexpected(aggregations_ > 0 ? "aggregation" : "");
  return nullptr;
}

ExprPtr Parsing::word() {
  if (is(TokenKind::aggregator)) {
    const Token& behind = tokens_[at_ + 1];
    if (behind.kind == TokenKind::left_paren || behind.kind == TokenKind::by ||
        behind.kind == TokenKind::without)
      return aggregate();
    if (ends_metric_name(behind)) return vector_selector();
    take();
    unexpected("aggregation");
    return nullptr;
  }
  if (next_is(TokenKind::left_paren)) {
    const TokenKind kind = token().kind;
    if (kind == TokenKind::identifier || kind == TokenKind::start || kind == TokenKind::end_function ||
        kind == TokenKind::step || kind == TokenKind::range || kind == TokenKind::max_of ||
        kind == TokenKind::min_of)
      return call();
  }
  return vector_selector();
}

ExprPtr Parsing::unary() {
  const Token sign = take();
  ExprPtr inner = expr(unary_level + 1);
  if (!inner) return nullptr;
  const bool negative = sign.op == BinaryOp::sub;
  if (inner->kind == NodeKind::number) {
    auto& literal = as<NumberLiteral>(*inner);
    if (negative) literal.value = -literal.value;
    literal.span.start = sign.position;
    return inner;
  }
  const Span span{sign.position, inner->span.end};
  return std::make_unique<Unary>(negative, std::move(inner), span);
}

ExprPtr Parsing::paren() {
  const int start = take().position;
  ExprPtr inner = expr(loosest);
  if (!inner) return nullptr;
  if (!is(TokenKind::right_paren)) {
    unexpected(aggregations_ > 0 ? "aggregation" : "");
    return nullptr;
  }
  const int end = take().end();
  return std::make_unique<Paren>(std::move(inner), Span{start, end});
}

ExprPtr Parsing::number() {
  const Token& literal = take();
  auto node = std::make_unique<NumberLiteral>(0, literal.span());
  if (literal.kind == TokenKind::duration) {
    node->is_duration = true;
    if (auto millis = parse_millis(literal.text))
      node->value = static_cast<double>(*millis) / 1000;
    else
      note(literal.span(), millis.error().message());
  } else if (auto value = parse_number(literal.text)) {
    node->value = *value;
  } else {
    note(literal.span(), value.error().message());
  }
  return node;
}

ExprPtr Parsing::string() {
  const Token& literal = take();
  return std::make_unique<StringLiteral>(unquoted(literal), literal.span());
}

std::string Parsing::unquoted(const Token& literal) {
  std::string text;
  if (!unquote(literal.text, text))
    note(literal.span(), fmt::format("error unquoting string {}: invalid syntax", quote(literal.text)));
  return text;
}

ExprPtr Parsing::call() {
  const Token name = take();
  const Function* function = find_function(name.text);
  std::vector<ExprPtr> args;
  if (!arguments(args)) return nullptr;
  if (function == nullptr) {
    note(name.span(), fmt::format("unknown function with name {}", quote(name.text)));
    return nullptr;
  }
  if (function->experimental && !options_.experimental)
    note(name.span(), fmt::format("function {} is not enabled", quote(name.text)));
  auto node = std::make_unique<Call>(*function, Span{name.position, tokens_[at_ - 1].end()});
  node->args = std::move(args);
  return node;
}

bool Parsing::arguments(std::vector<ExprPtr>& args) {
  take();
  if (accept(TokenKind::right_paren)) return true;
  while (true) {
    ExprPtr arg = expr(loosest);
    if (!arg) return false;
    args.push_back(std::move(arg));
    while (is(TokenKind::comma) && next_is(TokenKind::right_paren)) {
      note(token().span(), "trailing commas not allowed in function call args");
      take();
    }
    if (accept(TokenKind::right_paren)) return true;
    if (!accept(TokenKind::comma)) {
      unexpected(aggregations_ > 0 ? "aggregation" : "");
      return false;
    }
  }
}

ExprPtr Parsing::aggregate() {
  const Token name = take();
  auto node = std::make_unique<Aggregate>(name.aggregate, name.span());
  const auto by_or_without = [&] {
    node->without = take().kind == TokenKind::without;
    return grouping(node->grouping);
  };
  bool grouped = false;
  if (is(TokenKind::by) || is(TokenKind::without)) {
    if (!by_or_without()) return nullptr;
    grouped = true;
  }
  if (!is(TokenKind::left_paren)) {
    unexpected("aggregation");
    return nullptr;
  }
  std::vector<ExprPtr> args;
  ++aggregations_;
  const bool parsed = arguments(args);
  --aggregations_;
  if (!parsed) return nullptr;
  if (!grouped && (is(TokenKind::by) || is(TokenKind::without)) && !by_or_without()) return nullptr;
  node->span.end = tokens_[at_ - 1].end();
  const std::size_t wanted = takes_parameter(node->op) ? 2 : 1;
  if (args.empty()) {
    note(node->span, "no arguments for aggregate expression provided");
    return nullptr;
  }
  if (!options_.experimental && (node->op == AggregateOp::limitk || node->op == AggregateOp::limit_ratio)) {
    note(node->span, fmt::format("{}() is experimental and must be enabled with "
                                 "--enable-feature=promql-experimental-functions",
                                 to_string(node->op)));
    return nullptr;
  }
  if (args.size() != wanted) {
    note(node->span,
         fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}",
                     wanted, args.size()));
    return nullptr;
  }
  if (wanted == 2) node->param = std::move(args[0]);
  node->expr = std::move(args[wanted - 1]);
  return node;
}

bool Parsing::grouping(std::vector<std::string>& names) {
  if (!accept(TokenKind::left_paren)) return unexpected("grouping opts", "\"(\""), false;
  if (accept(TokenKind::right_paren)) return true;
  while (true) {
    if (is(TokenKind::string)) {
      names.push_back(unquoted(take()));
    } else if (is_label_word(token())) {
      names.emplace_back(take().text);
    } else {
      return unexpected("grouping opts", "label"), false;
    }
    if (names.back().empty() || !is_utf8(names.back()))
      note(tokens_[at_ - 1].span(), "invalid label name for grouping: " + quote(names.back()));
    if (accept(TokenKind::right_paren)) return true;
    if (!accept(TokenKind::comma)) return unexpected("grouping opts", "\",\" or \")\""), false;
    if (accept(TokenKind::right_paren)) return true;
  }
}

ExprPtr Parsing::binary(ExprPtr lhs) {
  const Token op = take();
  VectorMatching matching;
  bool return_bool = false;
  if (!modifiers(matching, return_bool)) return nullptr;
  const int level = level_of(op);
  // Only ^ groups to the right.
  ExprPtr rhs = expr(op.op == BinaryOp::pow ? level : level + 1);
  if (!rhs) return nullptr;
  const Span span{lhs->span.start, rhs->span.end};
  if (!options_.experimental && (matching.fill_left || matching.fill_right))
    note(span, "binop fill modifiers are experimental and not enabled");
  auto node = std::make_unique<Binary>(op.op, std::move(lhs), std::move(rhs), span);
  node->matching = std::move(matching);
  node->return_bool = return_bool;
  return node;
}

bool Parsing::modifiers(VectorMatching& matching, bool& return_bool) {
  return_bool = accept(TokenKind::bool_modifier);
  if (is(TokenKind::on) || is(TokenKind::ignoring)) {
    matching.on = take().kind == TokenKind::on;
    if (!grouping(matching.labels)) return false;
    if (is(TokenKind::group_left) || is(TokenKind::group_right)) {
      const bool left = take().kind == TokenKind::group_left;
      matching.card = left ? Cardinality::many_to_one : Cardinality::one_to_many;
      if (is(TokenKind::left_paren) && !grouping(matching.include)) return false;
    }
  }
  return fill_modifiers(matching);
}

bool Parsing::fill_modifiers(VectorMatching& matching) {
  if (accept(TokenKind::fill)) {
    matching.fill_left = matching.fill_right = fill_value();
    return matching.fill_left.has_value();
  }
  for (int i = 0; i < 2; ++i) {
    const bool left = is(TokenKind::fill_left) && !matching.fill_left;
    if (!left && (!is(TokenKind::fill_right) || matching.fill_right)) return true;
    take();
    const std::optional<double> value = fill_value();
    if (!value) return false;
    (left ? matching.fill_left : matching.fill_right) = value;
  }
  return true;
}

std::optional<double> Parsing::fill_value() {
  bool negative = false;
  ExprPtr literal;
  if (accept(TokenKind::left_paren)) {
    if (is_sign(token())) negative = take().op == BinaryOp::sub;
    if (is(TokenKind::number) || is(TokenKind::duration)) {
      literal = number();
      if (accept(TokenKind::right_paren)) {
        const double value = as<NumberLiteral>(*literal).value;
        return negative ? -value : value;
      }
    }
  }
  unexpected(aggregations_ > 0 ? "aggregation" : "");
  return std::nullopt;
}

namespace {

// A tree takes some hundred bytes for each of its text.
constexpr std::size_t longest_text_bytes = 1 << 20;

Result<> check_length(std::string_view text) {
  if (text.size() <= longest_text_bytes) return {};
  return fail(Code::bad_request,
              fmt::format("1:1: parse error: the text is longer than {} bytes", longest_text_bytes));
}

}  // namespace

Result<ExprPtr> parse(std::string_view text, const ParserOptions& options) {
  TRY_DO(check_length(text));
  Parsing parsing(text, options);
  ExprPtr expr = parsing.expression();
  if (parsing.failed()) return fail(parsing.error());
  return expr;
}

Result<std::vector<Matcher>> parse_metric_selector(std::string_view text) {
  TRY_DO(check_length(text));
  const ParserOptions options;
  Parsing parsing(text, options);
  ExprPtr selector = parsing.metric_selector();
  if (parsing.failed()) return fail(parsing.error());
  return std::move(as<VectorSelector>(*selector).matchers);
}

}  // namespace aloft::telemetry::promql
