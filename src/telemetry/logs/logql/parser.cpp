// A parser by recursive descent; precedences and messages follow Loki's grammar.
#include "telemetry/logs/logql/parser.h"

#include <array>
#include <charconv>
#include <deque>

#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/lexer.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr std::size_t input_limit_bytes = 128 * 1024;
constexpr int depth_limit = 200;
constexpr std::string_view too_wide =
    "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
    "For "
    "instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

Error parse_error(std::string_view message) {
  return Error(Code::bad_request, fmt::format("parse error : {}", message));
}
Error parse_error(const Lexeme& at, std::string_view message) {
  return Error(Code::bad_request,
               fmt::format("parse error at line {}, col {}: {}", at.line, at.column, message));
}

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

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<ExprPtr> whole() {
    TRY(expr, expression(0));
    if (peek().token != Token::end) return unexpected({});
    return expr;
  }
  Result<std::vector<Matcher>> whole_selector() {
    TRY(matchers, selector());
    if (peek().token != Token::end) return unexpected({});
    return matchers;
  }

 private:
  const Lexeme& peek(std::size_t ahead = 0) {
    while (queue_.size() <= ahead) queue_.push_back(lexer_.next());
    return queue_[ahead];
  }
  Lexeme take() {
    Lexeme lexeme = peek();
    queue_.pop_front();
    return lexeme;
  }
  bool accept(std::string_view keyword) {
    if (!peek().is(keyword)) return false;
    take();
    return true;
  }
  // The names of what could have stood here, at most four of them.
  std::unexpected<Error> unexpected(std::initializer_list<std::string_view> expected) {
    const Lexeme& found = peek();
    if (found.token == Token::error) return fail(parse_error(found, found.text));
    std::string message = fmt::format("syntax error: unexpected {}", found.name());
    bool first = true;
    for (const std::string_view one : expected) {
      message += fmt::format("{}{}", first ? ", expecting " : " or ", one);
      first = false;
    }
    return fail(parse_error(found, message));
  }
  Result<> expect(std::string_view keyword) {
    if (!accept(keyword)) return unexpected({keyword});
    return {};
  }
  Result<std::string> expect(Token token, std::initializer_list<std::string_view> expected) {
    if (peek().token != token) return unexpected(expected);
    return take().text;
  }

  // Expressions.
  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    int& depth_;
  };

  Result<ExprPtr> expression(int least) {
    const Deeper deeper(depth_);
    if (depth_ > depth_limit) return fail(parse_error("the query is nested too deeply"));
    TRY(first, primary());
    ExprPtr left = std::move(first);
    for (;;) {
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

  Result<double> number(std::string_view what) {
    const std::string text = take().text;
    double value = 0;
    if (text.starts_with("0x") || text.starts_with("0X") || !parse_float(text, value)) {
      return fail(
          parse_error(fmt::format("unable to parse {} as a float: strconv.ParseFloat: parsing {}: invalid "
                                  "syntax",
                                  what, quote(text))));
    }
    return value;
  }

  Result<double> signed_number() {
    const bool negative = accept("-");
    if (!negative) accept("+");
    if (peek().token != Token::number) return unexpected({"NUMBER"});
    TRY(value, number("literal"));
    return negative ? -value : value;
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

  // Selectors and ranges.
  Result<Matcher> matcher() {
    TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
    MatchType type{};
    if (peek().is("=")) {
      type = MatchType::equal;
    } else if (peek().is("!=")) {
      type = MatchType::not_equal;
    } else if (peek().is("=~")) {
      type = MatchType::regex;
    } else if (peek().is("!~")) {
      type = MatchType::not_regex;
    } else {
      return unexpected({"=", "=~", "!~", "!="});
    }
    take();
    TRY(value, expect(Token::string, {"STRING"}));
    return make_matcher(type, std::move(name), std::move(value));
  }

  static Result<Matcher> make_matcher(MatchType type, std::string name, std::string value) {
    auto made = Matcher::make(type, std::move(name), std::move(value));
    if (!made) return fail(parse_error(made.error().message()));
    return made;
  }

  Result<std::vector<Matcher>> selector() {
    if (!accept("{")) return unexpected({});
    std::vector<Matcher> out;
    if (accept("}")) return out;
    if (peek().token != Token::identifier) return unexpected({"IDENTIFIER", "}"});
    for (;;) {
      TRY(one, matcher());
      out.push_back(std::move(one));
      if (accept("}")) return out;
      if (!accept(",")) return unexpected({"}", ","});
      if (accept("}")) return out;
    }
  }

  Result<LogQuery> log_query() {
    LogQuery query;
    TRY(matchers, selector());
    query.matchers = std::move(matchers);
    TRY_DO(stages(query.stages));
    TRY_DO(check_matchers(query.matchers));
    return query;
  }

 public:
  static Result<> check_matchers(const std::vector<Matcher>& matchers) {
    for (const Matcher& matcher : matchers)
      if (!matcher.matches_empty()) return {};
    return fail(parse_error(too_wide));
  }

 private:
  // {selector} stages [5m] offset 1m, where the range may also stand right behind the selector. Inside of
  // parentheses the range may follow them.
  Result<LogRange> log_range(bool inside) {
    const Deeper deeper(depth_);
    if (depth_ > depth_limit) return fail(parse_error("the query is nested too deeply"));
    LogRange out;
    if (accept("(")) {
      TRY(inner, log_range(true));
      out = std::move(inner);
      if (!accept(")")) return unexpected({});
    } else {
      TRY(matchers, selector());
      out.query.matchers = std::move(matchers);
    }
    const auto range = [&]() -> Result<> {
      out.interval = take().duration;
      if (!accept("offset")) return {};
      if (peek().token != Token::duration) return unexpected({"DURATION"});
      out.offset = take().duration;
      return {};
    };
    if (out.interval.count() == 0 && peek().token == Token::range) TRY_DO(range());
    TRY_DO(stages(out.query.stages));
    if (peek().is("|") && peek(1).is("unwrap")) TRY_DO(unwrap(out));
    if (out.interval.count() == 0 && peek().token == Token::range) TRY_DO(range());
    if (out.interval.count() == 0 && !inside) return unexpected({});
    return out;
  }

  Result<> unwrap(LogRange& range) {
    take();
    take();
    Unwrap out;
    if (peek().token == Token::identifier) {
      out.label = take().text;
    } else {
      if (peek().is("bytes")) {
        out.conversion = Unwrap::Conversion::bytes;
      } else if (peek().is("duration")) {
        out.conversion = Unwrap::Conversion::duration;
      } else if (peek().is("duration_seconds")) {
        out.conversion = Unwrap::Conversion::duration_seconds;
      } else {
        return unexpected({"IDENTIFIER", "BYTES_CONV", "DURATION_CONV", "DURATION_SECONDS_CONV"});
      }
      take();
      TRY_DO(expect("("));
      TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
      out.label = std::move(name);
      TRY_DO(expect(")"));
    }
    while (accept("|")) {
      TRY(filter, label_filter(0));
      out.filters.push_back(std::move(filter));
    }
    range.unwrap = std::move(out);
    return {};
  }

  // Stages.
  Result<> stages(std::vector<Stage>& out) {
    for (;;) {
      const Lexeme& next = peek();
      if (next.is("|=") || next.is("|~") || next.is("|>") || next.is("!~") || next.is("!=") ||
          next.is("!>")) {
        TRY_DO(line_filter(out));
      } else if (next.is("|") && !peek(1).is("unwrap")) {
        take();
        TRY(stage, pipe_stage());
        out.push_back(std::move(stage));
      } else {
        return {};
      }
    }
  }

  Result<LineFilter::Alternative> alternative() {
    LineFilter::Alternative out;
    if (accept("ip")) {
      out.ip = true;
      TRY_DO(expect("("));
      TRY(text, expect(Token::string, {"STRING"}));
      out.text = std::move(text);
      TRY_DO(expect(")"));
      return out;
    }
    TRY(text, expect(Token::string, {"STRING", "ip"}));
    out.text = std::move(text);
    return out;
  }

  Result<> line_filter(std::vector<Stage>& out) {
    static constexpr std::array<std::string_view, 6> names = {"|=", "|~", "|>", "!=", "!~", "!>"};
    const std::string name = take().text;
    LineFilter filter;
    filter.match = static_cast<LineMatch>(std::find(names.begin(), names.end(), name) - names.begin());
    do {
      TRY(one, alternative());
      filter.any.push_back(std::move(one));
    } while (accept("or"));
    for (const LineFilter::Alternative& one : filter.any) TRY_DO(check_alternative(filter.match, one));
    // Neither of several is each of them not.
    const auto add = [&out](LineFilter one) {
      Stage stage;
      stage.line = std::move(one);
      out.push_back(std::move(stage));
    };
    if (!is_negative(filter.match)) {
      add(std::move(filter));
      return {};
    }
    for (LineFilter::Alternative& one : filter.any) {
      LineFilter single{.match = filter.match, .any = {}};
      single.any.push_back(std::move(one));
      add(std::move(single));
    }
    return {};
  }

  static Result<> check_alternative(LineMatch match, const LineFilter::Alternative& one) {
    auto checked = check_line_filter(match, one);
    if (!checked) return fail(parse_error(checked.error().message()));
    return {};
  }

  Result<Stage> pipe_stage() {
    Stage stage;
    if (accept("json")) {
      stage.kind = Stage::Kind::json;
      TRY_DO(extractions(stage, &check_json_path));
    } else if (accept("logfmt")) {
      stage.kind = Stage::Kind::logfmt;
      while (peek().token == Token::flag)
        (take().text == "--strict" ? stage.strict : stage.keep_empty) = true;
      TRY_DO(extractions(stage, nullptr));
    } else if (peek().is("regexp") || peek().is("pattern")) {
      TRY_DO(text_parser(stage));
    } else if (accept("unpack")) {
      stage.kind = Stage::Kind::unpack;
    } else if (accept("decolorize")) {
      stage.kind = Stage::Kind::decolorize;
    } else if (accept("line_format")) {
      stage.kind = Stage::Kind::line_format;
      TRY(text, expect(Token::string, {"STRING"}));
      stage.text = std::move(text);
    } else if (accept("label_format")) {
      stage.kind = Stage::Kind::label_format;
      TRY_DO(label_formats(stage));
    } else if (peek().is("drop") || peek().is("keep")) {
      stage.kind = take().text == "drop" ? Stage::Kind::drop : Stage::Kind::keep;
      TRY_DO(named_matchers(stage));
    } else if (peek().token == Token::identifier && peek().text == "distinct" &&
               peek(1).token == Token::identifier) {
      take();
      stage.kind = Stage::Kind::distinct;
      TRY_DO(named_matchers(stage));
    } else {
      stage.kind = Stage::Kind::label_filter;
      TRY(filter, label_filter(0));
      stage.filter = std::move(filter);
    }
    return stage;
  }

  Result<> text_parser(Stage& stage) {
    stage.kind = take().text == "regexp" ? Stage::Kind::regexp : Stage::Kind::pattern;
    TRY(text, expect(Token::string, {"STRING"}));
    stage.text = std::move(text);
    const bool regexp = stage.kind == Stage::Kind::regexp;
    auto checked = regexp ? check_regexp_parser(stage.text) : check_pattern_parser(stage.text);
    if (!checked) {
      return fail(parse_error(
          fmt::format("invalid {} parser: {}", regexp ? "regexp" : "pattern", checked.error().message())));
    }
    return {};
  }

  Result<> extractions(Stage& stage, Result<> (*check)(std::string_view path)) {
    if (peek().token != Token::identifier) return {};
    do {
      TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
      Extraction one{.name = name, .path = name};
      if (accept("=")) {
        TRY(path, expect(Token::string, {"STRING"}));
        one.path = std::move(path);
      }
      if (check != nullptr) {
        if (auto checked = check(one.path); !checked) {
          return fail(parse_error(
              fmt::format("cannot parse expression [{}]: {}", one.path, checked.error().message())));
        }
      }
      stage.extractions.push_back(std::move(one));
    } while (accept(","));
    return {};
  }

  Result<> label_formats(Stage& stage) {
    do {
      LabelFormat format;
      TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
      format.name = std::move(name);
      TRY_DO(expect("="));
      format.rename = peek().token == Token::identifier;
      if (!format.rename && peek().token != Token::string) return unexpected({"IDENTIFIER", "STRING"});
      format.value = take().text;
      if (format.name == "__error__") return fail(parse_error("__error__ cannot be formatted"));
      for (const LabelFormat& other : stage.formats) {
        if (other.name == format.name) {
          return fail(parse_error(
              fmt::format("multiple label name '{}' not allowed in a single format operation", format.name)));
        }
      }
      stage.formats.push_back(std::move(format));
    } while (accept(","));
    return {};
  }

  Result<> named_matchers(Stage& stage) {
    do {
      NamedMatcher one;
      if (peek().token != Token::identifier) return unexpected({"IDENTIFIER"});
      const Lexeme& behind = peek(1);
      if (behind.is("=") || behind.is("!=") || behind.is("=~") || behind.is("!~")) {
        TRY(made, matcher());
        one.name = made.name();
        one.matcher = std::move(made);
      } else {
        one.name = take().text;
      }
      stage.names.push_back(std::move(one));
    } while (accept(","));
    return {};
  }

  // `or` binds least, `and` more; a comma and mere juxtaposition mean `and` but take all that follows.
  Result<std::shared_ptr<const LabelFilter>> label_filter(int least) {
    const Deeper deeper(depth_);
    if (depth_ > depth_limit) return fail(parse_error("the query is nested too deeply"));
    TRY(first, label_filter_primary());
    std::shared_ptr<const LabelFilter> left = std::move(first);
    for (;;) {
      auto joined = std::make_shared<LabelFilter>();
      joined->kind = LabelFilter::Kind::both;
      int right_level = 0;
      if (peek().is("or")) {
        if (least > 1) return left;
        take();
        joined->kind = LabelFilter::Kind::either;
        right_level = 2;
      } else if (peek().is("and")) {
        if (least > 2) return left;
        take();
        right_level = 3;
      } else if (peek().is(",")) {
        take();
      } else if (peek().token != Token::identifier && !peek().is("(")) {
        return left;
      }
      TRY(right, label_filter(right_level));
      joined->left = std::move(left);
      joined->right = std::move(right);
      left = std::move(joined);
    }
  }

  Result<std::shared_ptr<const LabelFilter>> label_filter_primary() {
    if (accept("(")) {
      TRY(inside, label_filter(0));
      if (!accept(")")) return unexpected({});
      return inside;
    }
    if (peek().token != Token::identifier) return unexpected({});
    auto out = std::make_shared<LabelFilter>();
    out->name = take().text;
    const std::string op = peek().token == Token::keyword ? peek().text : std::string();
    if (op == "=~" || op == "!~") {
      take();
      TRY(value, expect(Token::string, {"STRING"}));
      TRY(made,
          make_matcher(op == "=~" ? MatchType::regex : MatchType::not_regex, out->name, std::move(value)));
      out->matcher = std::move(made);
      return out;
    }
    if (op == "=" || op == "==") {
      out->compare = Compare::equal;
    } else if (op == "!=") {
      out->compare = Compare::not_equal;
    } else if (op == ">" || op == ">=") {
      out->compare = op == ">" ? Compare::greater : Compare::greater_equal;
    } else if (op == "<" || op == "<=") {
      out->compare = op == "<" ? Compare::less : Compare::less_equal;
    } else {
      return unexpected({});
    }
    take();
    TRY_DO(comparison(*out, op));
    return out;
  }

  // What a label is compared with decides how it is read.
  Result<> comparison(LabelFilter& out, const std::string& op) {
    const bool text_allowed = op == "=" || op == "!=";
    const Lexeme& next = peek();
    if (text_allowed && next.token == Token::string) {
      out.kind = LabelFilter::Kind::text;
      TRY(made, make_matcher(op == "=" ? MatchType::equal : MatchType::not_equal, out.name, take().text));
      out.matcher = std::move(made);
    } else if (text_allowed && next.is("ip")) {
      take();
      out.kind = LabelFilter::Kind::ip;
      TRY_DO(expect("("));
      TRY(text, expect(Token::string, {"STRING"}));
      out.ip = std::move(text);
      TRY_DO(expect(")"));
      if (auto checked = check_ip_pattern(out.ip); !checked)
        return fail(parse_error(checked.error().message()));
    } else if (next.token == Token::duration) {
      out.kind = LabelFilter::Kind::duration;
      out.duration = take().duration;
    } else if (next.token == Token::bytes) {
      out.kind = LabelFilter::Kind::bytes;
      out.number = take().bytes;
    } else if (next.token == Token::number || next.is("+") || next.is("-")) {
      out.kind = LabelFilter::Kind::number;
      TRY(value, signed_number());
      out.number = value;
    } else {
      return unexpected({});
    }
    return {};
  }

  Lexer lexer_;
  std::deque<Lexeme> queue_;
  int depth_ = 0;
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
  TRY(matchers, Parser(text).whole_selector());
  if (selectors == Selectors::specific) TRY_DO(Parser::check_matchers(matchers));
  return matchers;
}

}  // namespace aloft::telemetry::logs::logql
