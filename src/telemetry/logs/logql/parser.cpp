// Expressions by recursive descent; precedences and messages follow Loki's grammar.
#include "telemetry/logs/logql/parser.h"

#include <charconv>

#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/line_parsers.h"
#include "telemetry/logs/logql/log_query_parser.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr std::size_t input_limit_bytes = 128 * 1024;

template <class Op>
std::optional<Op> find_op(std::string_view text, Op last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (to_string(static_cast<Op>(i)) == text) return static_cast<Op>(i);
  return std::nullopt;
}

int precedence(BinaryOp op) {
  switch (op) {
    case BinaryOp::either:
      return 1;
    case BinaryOp::both:
    case BinaryOp::unless:
      return 2;
    case BinaryOp::add:
    case BinaryOp::subtract:
      return 4;
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::modulo:
      return 5;
    case BinaryOp::power:
      return 6;
    default:
      return 3;
  }
}

class Parser : public LogQueryParser {
 public:
  using LogQueryParser::LogQueryParser;

  Result<ExprPtr> whole() {
    TRY(expr, expression(0));
    if (peek().token != Token::end) return unexpected({});
    return expr;
  }
  Result<std::vector<Matcher>> whole_selector(bool trailing_comma) {
    TRY(matchers, selector(trailing_comma));
    if (peek().token != Token::end) return unexpected({});
    return matchers;
  }

 private:
  Result<ExprPtr> expression(int least) {
    const Deeper deeper(depth_);
    if (depth_ > depth_limit) return fail(parse_error("the query is nested too deeply"));
    TRY(first, primary());
    ExprPtr left = std::move(first);
    for (std::size_t joins = 0;; ++joins) {
      if (joins > chain_limit) return fail(parse_error("too many operations in a row"));
      const auto op =
          peek().token == Token::keyword ? find_op(peek().text, BinaryOp::less_equal) : std::nullopt;
      if (!op || precedence(*op) < least) return left;
      take();
      auto binary = std::make_shared<Expr>();
      binary->kind = Expr::Kind::binary;
      binary->binary_op = *op;
      TRY_DO(modifiers(*binary));
      TRY(right, expression(precedence(*op) + (*op == BinaryOp::power ? 0 : 1)));
      binary->left = std::move(left);
      binary->right = std::move(right);
      TRY(joined, join(std::move(binary)));
      left = std::move(joined);
    }
  }

  Result<ExprPtr> primary() {
    const Lexeme& next = peek();
    if (next.is("{")) {
      TRY(query, log_query());
      auto expr = std::make_shared<Expr>();
      expr->log = std::move(query);
      return expr;
    }
    if (next.is("(")) {
      take();
      TRY(inside, expression(0));
      if (!accept(")")) return unexpected({});
      return inside;
    }
    if (next.token == Token::number || next.is("+") || next.is("-")) return literal();
    if (next.token != Token::keyword) return unexpected({});
    if (const auto op = find_op(next.text, RangeOp::absent_over_time)) return range_aggregation(*op);
    if (const auto op = find_op(next.text, VectorOp::approx_topk)) return vector_aggregation(*op);
    if (next.is("label_replace")) return label_replace();
    if (next.is("vector")) return vector();
    return unexpected({});
  }
  Result<ExprPtr> literal() {
    TRY(value, signed_number());
    auto expr = std::make_shared<Expr>();
    expr->kind = Expr::Kind::literal;
    expr->value = value;
    return expr;
  }

  Result<ExprPtr> vector() {
    take();
    TRY_DO(expect("("));
    if (peek().token != Token::number) return unexpected({"NUMBER"});
    auto expr = std::make_shared<Expr>();
    expr->kind = Expr::Kind::vector;
    TRY(value, number("vectorExpr"));
    expr->value = value;
    TRY_DO(expect(")"));
    return expr;
  }

  Result<ExprPtr> label_replace() {
    take();
    TRY_DO(expect("("));
    auto expr = std::make_shared<Expr>();
    expr->kind = Expr::Kind::label_replace;
    TRY(left, metric_expression());
    expr->left = std::move(left);
    for (std::string* part : {&expr->destination, &expr->replacement, &expr->source, &expr->regex}) {
      TRY_DO(expect(","));
      TRY(text, expect(Token::string, {"STRING"}));
      *part = std::move(text);
    }
    TRY_DO(expect(")"));
    auto compiled = Regex::compile(expr->regex, Regex::Anchor::both);
    if (!compiled) {
      return fail(parse_error(fmt::format("invalid regex in label_replace: {}", compiled.error().message())));
    }
    expr->compiled = std::move(*compiled);
    return expr;
  }

  Result<ExprPtr> metric_expression() {
    TRY(expr, expression(0));
    if (expr->is_log()) return unexpected({});
    return expr;
  }

  Result<std::vector<std::string>> labels() {
    TRY_DO(expect("("));
    std::vector<std::string> out;
    if (accept(")")) return out;
    if (peek().token != Token::identifier) return unexpected({"IDENTIFIER", ")"});
    for (;;) {
      TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
      out.push_back(std::move(name));
      if (accept(")")) return out;
      if (!accept(",")) return unexpected({",", ")"});
    }
  }

  Result<std::optional<Grouping>> grouping() {
    if (!peek().is("by") && !peek().is("without")) return std::optional<Grouping>();
    Grouping out{.without = take().text == "without", .labels = {}};
    TRY(names, labels());
    out.labels = std::move(names);
    return std::optional(std::move(out));
  }

  Result<ExprPtr> range_aggregation(RangeOp op) {
    take();
    TRY_DO(expect("("));
    auto expr = std::make_shared<Expr>();
    expr->kind = Expr::Kind::range;
    expr->range_op = op;
    std::optional<std::string> parameter;
    if (peek().token == Token::number) {
      parameter = take().text;
      TRY_DO(expect(","));
    } else if (!peek().is("{") && !peek().is("(")) {
      return unexpected({"NUMBER", "{", "("});
    }
    TRY(range, log_range(false));
    expr->range = std::move(range);
    if (!accept(")")) return unexpected({});
    TRY(group, grouping());
    expr->grouping = std::move(group);
    if (parameter) {
      if (op != RangeOp::quantile_over_time) {
        return fail(parse_error(
            fmt::format("parameter {} not supported for operation {}", *parameter, to_string(op))));
      }
      double value = 0;
      if (!parse_float(*parameter, value))
        return fail(
            parse_error(fmt::format("invalid parameter for operation {}: {}", to_string(op), *parameter)));
      expr->parameter = value;
    } else if (op == RangeOp::quantile_over_time) {
      return fail(parse_error(fmt::format("parameter required for operation {}", to_string(op))));
    }
    TRY_DO(check_range(*expr));
    return expr;
  }

  static Result<> check_range(const Expr& expr) {
    const RangeOp op = expr.range_op;
    const bool counts =
        op == RangeOp::count_over_time || op == RangeOp::bytes_over_time || op == RangeOp::bytes_rate;
    const bool either = op == RangeOp::rate || op == RangeOp::absent_over_time;
    const bool groups = !counts && !either && op != RangeOp::sum_over_time && op != RangeOp::rate_counter;
    if (expr.grouping && !groups)
      return fail(parse_error(fmt::format("grouping not allowed for {} aggregation", to_string(op))));
    if (expr.range.unwrap && counts)
      return fail(parse_error(fmt::format("invalid aggregation {} with unwrap", to_string(op))));
    if (!expr.range.unwrap && !counts && !either)
      return fail(parse_error(fmt::format("invalid aggregation {} without unwrap", to_string(op))));
    return check_matchers(expr.range.query.matchers);
  }

  Result<ExprPtr> vector_aggregation(VectorOp op) {
    take();
    auto expr = std::make_shared<Expr>();
    expr->kind = Expr::Kind::vector_aggregation;
    expr->vector_op = op;
    TRY(before, grouping());
    expr->grouping = std::move(before);
    TRY_DO(expect("("));
    std::optional<std::string> parameter;
    if (peek().token == Token::number && peek(1).is(",")) {
      parameter = take().text;
      take();
    }
    TRY(left, metric_expression());
    expr->left = std::move(left);
    if (!accept(")")) return unexpected({});
    if (!expr->grouping) {
      TRY(behind, grouping());
      expr->grouping = std::move(behind);
    }
    TRY_DO(check_vector(*expr, parameter));
    return expr;
  }

  static Result<> check_vector(Expr& expr, const std::optional<std::string>& parameter) {
    const VectorOp op = expr.vector_op;
    const std::string_view name = to_string(op);
    if (op != VectorOp::topk && op != VectorOp::bottomk && op != VectorOp::approx_topk) {
      if (parameter)
        return fail(parse_error(fmt::format("unsupported parameter for operation {}({},", name, *parameter)));
      const bool sorts = op == VectorOp::sort || op == VectorOp::sort_desc;
      if (sorts && expr.grouping && !expr.grouping->labels.empty())
        return fail(parse_error("sort and sort_desc doesn't allow grouping by "));
      return {};
    }
    if (!parameter) return fail(parse_error(fmt::format("parameter required for operation {}", name)));
    const char* const end = parameter->data() + parameter->size();
    const auto [stop, wrong] = std::from_chars(parameter->data(), end, expr.count);
    if (wrong != std::errc() || stop != end)
      return fail(parse_error(fmt::format("invalid parameter {}({},", name, *parameter)));
    if (expr.count <= 0) {
      return fail(
          parse_error(fmt::format("invalid parameter (must be greater than 0) {}({}", name, *parameter)));
    }
    if (op == VectorOp::approx_topk && expr.grouping)
      return fail(parse_error(fmt::format("grouping not allowed for {} aggregation", name)));
    return {};
  }

  Result<> modifiers(Expr& binary) {
    binary.returns_bool = accept("bool");
    if (!peek().is("on") && !peek().is("ignoring")) return {};
    Matching& matching = binary.matching;
    matching.on = take().text == "on";
    matching.labels_given = true;
    TRY(names, labels());
    matching.labels = std::move(names);
    if (!peek().is("group_left") && !peek().is("group_right")) return {};
    matching.cardinality =
        take().text == "group_left" ? Matching::Cardinality::many_to_one : Matching::Cardinality::one_to_many;
    // A parenthesis may also begin the right side; labels are names alone.
    if (!peek().is("(") ||
        !(peek(1).is(")") || (peek(1).token == Token::identifier && (peek(2).is(",") || peek(2).is(")")))))
      return {};
    TRY(include, labels());
    matching.include = std::move(include);
    return {};
  }

  static Result<ExprPtr> join(std::shared_ptr<Expr> binary) {
    const BinaryOp op = binary->binary_op;
    for (const bool left : {true, false}) {
      const Expr& leg = left ? *binary->left : *binary->right;
      const std::string_view side = left ? "left" : "right";
      if (leg.is_log()) {
        return fail(parse_error(
            fmt::format("unexpected type for {} leg of binary operation ({}): {}", side, to_string(op),
                        leg.log.stages.empty() ? "*syntax.MatchersExpr" : "*syntax.PipelineExpr")));
      }
      if (is_set_operator(op) && leg.kind == Expr::Kind::literal) {
        return fail(parse_error(
            fmt::format("unexpected literal for {} leg of logical/set binary operation ({}): {:f}", side,
                        to_string(op), leg.value)));
      }
    }
    if (binary->left->kind == Expr::Kind::literal && binary->right->kind == Expr::Kind::literal) {
      auto reduced = std::make_shared<Expr>();
      reduced->kind = Expr::Kind::literal;
      reduced->value = apply(op, binary->left->value, binary->right->value);
      return reduced;
    }
    return binary;
  }
};

Result<> check_size(std::string_view text) {
  if (text.size() < input_limit_bytes) return {};
  return fail(parse_error(fmt::format("input size too long ({} > {})", text.size(), input_limit_bytes)));
}

}  // namespace

Result<ExprPtr> parse(std::string_view text) {
  TRY_DO(check_size(text));
  return Parser(text).whole();
}

Result<LogQuery> parse_log_query(std::string_view text) {
  TRY(expr, parse(text));
  if (!expr->is_log()) return fail(Code::bad_request, "only log selector is supported");
  return expr->log;
}

Result<std::vector<Matcher>> parse_selector(std::string_view text, Selectors selectors) {
  TRY_DO(check_size(text));
  auto matchers = Parser(text).whole_selector(selectors == Selectors::any);
  if (!matchers) {
    if (Parser(text).whole()) return fail(Code::bad_request, "only label matchers are supported");
    return matchers;
  }
  if (selectors == Selectors::specific) TRY_DO(Parser::check_matchers(*matchers));
  return matchers;
}

}  // namespace aloft::telemetry::logs::logql
