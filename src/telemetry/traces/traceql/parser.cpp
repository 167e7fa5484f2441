// Precedence climbing over two kinds of expressions: those of fields inside braces and those of sets of spans
// and scalars outside. Levels as in Tempo's grammar: && and || are one, then comparisons and relations, + -,
// * / %, ^ (from the right).
#include "telemetry/traces/traceql/parser.h"

#include <limits>

#include "telemetry/traces/traceql/lexer.h"

namespace aloft::telemetry::traces::traceql {
namespace {

constexpr int depth_limit = 100;
// A chain of operators is a tree as deep as it is long, and whoever walks it uses the stack.
constexpr std::size_t token_limit = 3000;
constexpr int logic_level = 1;
constexpr int comparison_level = 2;
constexpr int sum_level = 3;
constexpr int unary_level = 4;
constexpr int product_level = 5;
constexpr int power_level = 6;

struct Infix {
  Op op = Op::add;
  int level = 0;  // 0: no infix operator
};

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

struct RelationWord {
  std::string_view word;
  Relation relation;
  RelationMode mode;
};
constexpr std::array<RelationWord, 17> relation_words = {{
    {"&&", Relation::both, RelationMode::plain},
    {"||", Relation::either, RelationMode::plain},
    {">", Relation::child, RelationMode::plain},
    {"<", Relation::parent, RelationMode::plain},
    {">>", Relation::descendant, RelationMode::plain},
    {"<<", Relation::ancestor, RelationMode::plain},
    {"~", Relation::sibling, RelationMode::plain},
    {"!>", Relation::child, RelationMode::negated},
    {"!<", Relation::parent, RelationMode::negated},
    {"!>>", Relation::descendant, RelationMode::negated},
    {"!<<", Relation::ancestor, RelationMode::negated},
    {"!~", Relation::sibling, RelationMode::negated},
    {"&>", Relation::child, RelationMode::united},
    {"&<", Relation::parent, RelationMode::united},
    {"&>>", Relation::descendant, RelationMode::united},
    {"&<<", Relation::ancestor, RelationMode::united},
    {"&~", Relation::sibling, RelationMode::united},
}};

const RelationWord* relation_of(const Token& token) {
  if (token.kind != Token::Kind::word) return nullptr;
  for (const RelationWord& word : relation_words) {
    if (word.word == token.text) return &word;
  }
  return nullptr;
}

// What stands between pipes: a set of spans, a number of one, or a comparison of numbers.
struct Node {
  SpansetExprPtr spanset;
  ScalarExprPtr scalar;
  std::optional<ScalarFilter> filter;
};

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

// The literal of the opposite sign, for numbers.
void negate(Value& value) {
  if (value.type == ValueType::real) {
    value.real = -value.real;
  } else {
    value.number = static_cast<std::int64_t>(-static_cast<std::uint64_t>(value.number));
  }
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Query> parse() {
    Query query;
    TRY_DO(parse_pipeline(query.pipeline, &query));
    TRY_DO(parse_hints(query));
    if (here().kind != Token::Kind::end) return unexpected();
    if (query.pipeline.stages.size() == 1) unwrap(query.pipeline);
    if (!query.metrics) {
      for (const Stage& stage : query.pipeline.stages) {
        // Only inside parentheses may a pipeline end with a number.
        if (std::holds_alternative<BareAggregate>(stage)) return unexpected();
      }
    }
    return query;
  }

 private:
  const Token& here() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(std::string_view word) {
    if (!here().is(word)) return false;
    take();
    return true;
  }
  std::unexpected<Error> unexpected(std::string_view expecting = {}) const {
    std::string what = fmt::format("syntax error: unexpected {}", here().shown());
    if (!expecting.empty()) what += fmt::format(", expecting {}", expecting);
    return fail(parse_error(what, here().line, here().column));
  }
  Result<> expect(std::string_view word) {
    if (accept(word)) return {};
    return unexpected(word);
  }

  // Counts nesting for as long as it lives.
  struct Depth {
    explicit Depth(int& depth) : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    int& depth_;
  };
  Result<> check_depth() const {
    if (depth_ <= depth_limit) return {};
    return fail(parse_error("syntax error: expressions are nested too deeply", here().line, here().column));
  }

  // `( { a } )` alone is `{ a }`.
  static void unwrap(Pipeline& pipeline) {
    while (pipeline.stages.size() == 1) {
      auto* spanset = std::get_if<SpansetExprPtr>(&pipeline.stages[0]);
      if (spanset == nullptr || (*spanset)->kind != SpansetExpr::Kind::pipeline) return;
      Pipeline inner = std::move(*(*spanset)->pipeline);
      pipeline = std::move(inner);
    }
  }

  // ---- Pipelines ----

  // Metrics and what follows them are allowed where `query` is not null.
  Result<> parse_pipeline(Pipeline& pipeline, Query* query) {
    for (bool first = true;; first = false) {
      if (!first && query != nullptr && starts_metrics()) return parse_metrics(*query);
      TRY_DO(parse_stage(pipeline, first));
      if (!accept("|")) return {};
    }
  }

  Result<> parse_stage(Pipeline& pipeline, bool first) {
    if (here().is("by")) {
      take();
      TRY_DO(expect("("));
      TRY(field, parse_field(logic_level));
      TRY_DO(expect(")"));
      pipeline.stages.emplace_back(GroupBy{std::move(field)});
      return {};
    }
    if (here().is("coalesce") && !first) {
      take();
      TRY_DO(expect("("));
      TRY_DO(expect(")"));
      pipeline.stages.emplace_back(Coalesce{});
      return {};
    }
    if (accept("select")) {
      TRY_DO(expect("("));
      Select select;
      TRY_DO(parse_fields(select.fields));
      TRY_DO(expect(")"));
      pipeline.stages.emplace_back(std::move(select));
      return {};
    }
    TRY(node, parse_node(logic_level));
    if (node.filter) {
      pipeline.stages.emplace_back(std::move(*node.filter));
    } else if (node.spanset != nullptr) {
      pipeline.stages.emplace_back(std::move(node.spanset));
    } else {
      // A number of a set: fine as the end of a pipeline in parentheses only.
      if (first || depth_ == 0 || !here().is(")")) return unexpected();
      pipeline.stages.emplace_back(BareAggregate{std::move(node.scalar)});
    }
    return {};
  }

  Result<Node> parse_node(int level) {
    const Depth depth(node_depth_);
    if (node_depth_ > depth_limit)
      return fail(parse_error("syntax error: expressions are nested too deeply", here().line, here().column));
    TRY(left, parse_operand());
    for (;;) {
      if (left.filter) return left;
      const RelationWord* relation = left.spanset != nullptr ? relation_of(here()) : nullptr;
      if (relation != nullptr) {
        const int own = relation->relation <= Relation::either ? logic_level : comparison_level;
        if (own < level) return left;
        take();
        const Token& start = here();
        TRY(right, parse_node(own + 1));
        if (right.spanset == nullptr) return unexpected_at(start);
        auto joined = std::make_unique<SpansetExpr>();
        joined->kind = SpansetExpr::Kind::relation;
        joined->relation = relation->relation;
        joined->mode = relation->mode;
        joined->left = std::move(left.spanset);
        joined->right = std::move(right.spanset);
        left.spanset = std::move(joined);
        continue;
      }
      const Infix infix = left.scalar != nullptr ? infix_of(here()) : Infix{};
      if (infix.level < comparison_level || infix.level < level || infix.op == Op::regex ||
          infix.op == Op::not_regex) {
        return left;
      }
      take();
      const Token& start = here();
      TRY(right, parse_node(infix.op == Op::power ? infix.level : infix.level + 1));
      if (right.scalar == nullptr) return unexpected_at(start);
      if (is_comparison(infix.op)) {
        left.filter = ScalarFilter{infix.op, std::move(left.scalar), std::move(right.scalar)};
        continue;
      }
      auto joined = std::make_unique<ScalarExpr>();
      joined->kind = ScalarExpr::Kind::binary;
      joined->op = infix.op;
      joined->left = std::move(left.scalar);
      joined->right = std::move(right.scalar);
      left.scalar = std::move(joined);
    }
  }

  static std::unexpected<Error> unexpected_at(const Token& token) {
    return fail(
        parse_error(fmt::format("syntax error: unexpected {}", token.shown()), token.line, token.column));
  }

  Result<Node> parse_operand() {
    Node node;
    if (here().is("{")) {
      TRY(filter, parse_filter());
      node.spanset = std::move(filter);
      return node;
    }
    if (here().is("(")) return parse_parentheses();
    bool negative = false;
    if (here().is("-")) {
      take();
      negative = true;
    }
    const Token::Kind kind = here().kind;
    if (kind == Token::Kind::integer || kind == Token::Kind::real || kind == Token::Kind::duration) {
      node.scalar = std::make_unique<ScalarExpr>();
      node.scalar->value = literal_of(take());
      if (negative) negate(node.scalar->value);
      return node;
    }
    if (negative) return unexpected();
    return parse_aggregate();
  }

  Result<Node> parse_aggregate() {
    constexpr std::array<std::string_view, 5> names = {"count", "max", "min", "sum", "avg"};
    const auto known =
        std::find_if(names.begin(), names.end(), [this](auto name) { return here().is(name); });
    if (known == names.end()) return unexpected();
    take();
    Node node;
    node.scalar = std::make_unique<ScalarExpr>();
    node.scalar->kind = ScalarExpr::Kind::aggregate;
    node.scalar->aggregate = static_cast<Aggregate>(known - names.begin());
    TRY_DO(expect("("));
    if (node.scalar->aggregate != Aggregate::count) {
      TRY(field, parse_field(logic_level));
      node.scalar->field = std::move(field);
    }
    TRY_DO(expect(")"));
    return node;
  }

  Result<Node> parse_parentheses() {
    take();
    const Depth depth(depth_);
    TRY_DO(check_depth());
    // `(count() + 1)` groups scalars; everything else is a pipeline.
    auto pipeline = std::make_unique<Pipeline>();
    Node node;
    const bool spanset_first = here().is("{") || here().is("(") || here().is("by") || here().is("select");
    if (!spanset_first) {
      TRY(inner, parse_node(logic_level));
      if (inner.scalar != nullptr && !inner.filter) {
        TRY_DO(expect(")"));
        node.scalar = std::move(inner.scalar);
        return node;
      }
      if (!inner.filter) return unexpected();
      pipeline->stages.emplace_back(std::move(*inner.filter));
      if (accept("|")) TRY_DO(parse_pipeline(*pipeline, nullptr));
    } else {
      TRY_DO(parse_inner(*pipeline, node));
      if (node.scalar != nullptr) {
        TRY_DO(expect(")"));
        return node;
      }
    }
    TRY_DO(expect(")"));
    if (std::holds_alternative<BareAggregate>(pipeline->stages.back())) {
      node.scalar = std::make_unique<ScalarExpr>();
      node.scalar->kind = ScalarExpr::Kind::pipeline;
      node.scalar->pipeline = std::move(pipeline);
      return node;
    }
    if (pipeline->stages.size() == 1) {
      if (auto* only = std::get_if<SpansetExprPtr>(&pipeline->stages[0])) {
        node.spanset = std::move(*only);
        return node;
      }
    }
    node.spanset = std::make_unique<SpansetExpr>();
    node.spanset->kind = SpansetExpr::Kind::pipeline;
    node.spanset->pipeline = std::move(pipeline);
    return node;
  }

  // What stands in parentheses and begins with a set: a pipeline, or a scalar made of scalars in parentheses.
  Result<> parse_inner(Pipeline& pipeline, Node& scalar) {
    if (here().is("by") || here().is("select")) return parse_pipeline(pipeline, nullptr);
    TRY(first, parse_node(logic_level));
    if (first.filter) {
      pipeline.stages.emplace_back(std::move(*first.filter));
    } else if (first.spanset != nullptr) {
      pipeline.stages.emplace_back(std::move(first.spanset));
    } else {
      scalar.scalar = std::move(first.scalar);
      return {};
    }
    while (accept("|")) TRY_DO(parse_stage(pipeline, false));
    return {};
  }

  Result<SpansetExprPtr> parse_filter() {
    TRY_DO(expect("{"));
    auto filter = std::make_unique<SpansetExpr>();
    if (!here().is("}")) {
      TRY(expression, parse_field(logic_level));
      filter->filter = std::move(expression);
    }
    TRY_DO(expect_closing());
    return filter;
  }
  // What else might stand here is long; messages name the closing brace only at the very end.
  Result<> expect_closing() {
    if (accept("}")) return {};
    return unexpected();
  }

  // ---- Expressions on fields ----

  Result<> parse_fields(std::vector<FieldExprPtr>& fields) {
    do {
      TRY(field, parse_field(logic_level));
      fields.push_back(std::move(field));
    } while (accept(","));
    return {};
  }

  Result<FieldExprPtr> parse_field(int level) {
    const Depth depth(depth_);
    TRY_DO(check_depth());
    TRY(left, parse_unary());
    for (;;) {
      const Infix infix = infix_of(here());
      if (infix.level == 0 || infix.level < level) return left;
      take();
      TRY(right, parse_field(infix.op == Op::power ? infix.level : infix.level + 1));
      auto joined = std::make_unique<FieldExpr>();
      joined->kind = FieldExpr::Kind::binary;
      joined->op = infix.op;
      joined->left = std::move(left);
      joined->right = std::move(right);
      left = std::move(joined);
    }
  }

  Result<FieldExprPtr> parse_unary() {
    auto made = std::make_unique<FieldExpr>();
    if (here().is("-") || here().is("!")) {
      made->kind = FieldExpr::Kind::unary;
      made->op = here().is("-") ? Op::subtract : Op::logical_not;
      take();
      TRY(inner, parse_field(unary_level));
      if (made->op == Op::subtract && inner->kind == FieldExpr::Kind::literal && inner->value.is_numeric()) {
        negate(inner->value);
        return inner;
      }
      made->left = std::move(inner);
      return made;
    }
    if (accept("(")) {
      TRY(inner, parse_field(logic_level));
      TRY_DO(expect_parenthesis());
      return inner;
    }
    if (here().kind == Token::Kind::field) {
      made->kind = FieldExpr::Kind::field;
      made->field = take().field;
      return made;
    }
    if (!is_literal(here())) return unexpected();
    const Token& token = take();
    made->text = token.text;
    made->value = literal_of(token);
    if (made->value.type == ValueType::string) made->value.text = made->text;
    return made;
  }
  Result<> expect_parenthesis() {
    if (accept(")")) return {};
    return unexpected();
  }

  // ---- Metrics ----

  std::optional<MetricsFunction> metrics_function() const {
    for (int i = 0; i <= static_cast<int>(MetricsFunction::compare); ++i) {
      if (here().is(function_name(static_cast<MetricsFunction>(i)))) return static_cast<MetricsFunction>(i);
    }
    return std::nullopt;
  }
  bool starts_metrics() const { return metrics_function().has_value(); }

  Result<> parse_metrics(Query& query) {
    MetricsStage stage;
    stage.function = *metrics_function();
    take();
    TRY_DO(expect("("));
    if (stage.function == MetricsFunction::compare) {
      TRY_DO(parse_compare(stage));
    } else if (stage.function > MetricsFunction::count_over_time) {
      TRY(field, parse_field(logic_level));
      stage.field = std::move(field);
      if (stage.function == MetricsFunction::quantile_over_time) TRY_DO(parse_quantiles(stage));
    }
    TRY_DO(expect(")"));
    if (stage.function != MetricsFunction::compare && accept("by")) {
      TRY_DO(expect("("));
      TRY_DO(parse_fields(stage.by));
      TRY_DO(expect(")"));
    }
    query.metrics = std::move(stage);
    return parse_series(query);
  }

  Result<> parse_quantiles(MetricsStage& stage) {
    do {
      TRY_DO(expect(","));
      if (here().kind != Token::Kind::real && here().kind != Token::Kind::integer) return unexpected();
      const Token& token = take();
      stage.quantiles.push_back(token.kind == Token::Kind::real ? token.real
                                                                : static_cast<double>(token.number));
    } while (here().is(","));
    return {};
  }

  Result<> parse_compare(MetricsStage& stage) {
    TRY(selection, parse_filter());
    stage.selection = std::move(selection);
    std::vector<std::int64_t> numbers;
    while (accept(",")) {
      if (here().kind != Token::Kind::integer || numbers.size() == 3) return unexpected();
      numbers.push_back(take().number);
    }
    if (numbers.size() == 2) return unexpected(",");
    if (!numbers.empty()) stage.top = numbers[0];
    if (numbers.size() == 3) {
      stage.selection_begin_ns = numbers[1];
      stage.selection_end_ns = numbers[2];
    }
    return {};
  }

  Result<> parse_series(Query& query) {
    for (;;) {
      SeriesStage stage;
      const Infix infix = infix_of(here());
      if (infix.level == comparison_level && infix.op != Op::regex && infix.op != Op::not_regex) {
        take();
        stage.kind = SeriesStage::Kind::filter;
        stage.op = infix.op;
        const bool negative = accept("-");
        if (here().kind != Token::Kind::integer && here().kind != Token::Kind::real &&
            here().kind != Token::Kind::duration) {
          return unexpected();
        }
        stage.value = literal_of(take());
        if (negative) negate(stage.value);
        query.series.push_back(stage);
        continue;
      }
      if (!accept("|")) return {};
      if (!here().is("topk") && !here().is("bottomk")) return unexpected();
      stage.kind = take().is("topk") ? SeriesStage::Kind::topk : SeriesStage::Kind::bottomk;
      TRY_DO(expect("("));
      if (here().kind != Token::Kind::integer) return unexpected("INTEGER");
      stage.count = take().number;
      TRY_DO(expect(")"));
      query.series.push_back(stage);
    }
  }

  Result<> parse_hints(Query& query) {
    if (!accept("with")) return {};
    TRY_DO(expect("("));
    do {
      Hint hint;
      if (here().kind != Token::Kind::name) return unexpected("IDENTIFIER");
      hint.name = take().text;
      TRY_DO(expect("="));
      const bool negative = accept("-");
      if (!is_literal(here())) return unexpected();
      const Token& token = take();
      hint.text = token.text;
      hint.value = literal_of(token);
      if (negative && hint.value.is_numeric()) negate(hint.value);
      query.hints.push_back(std::move(hint));
      if (query.hints.back().value.type == ValueType::string)
        query.hints.back().value.text = query.hints.back().text;
    } while (accept(","));
    // Short strings move with their owner.
    for (Hint& h : query.hints) {
      if (h.value.type == ValueType::string) h.value.text = h.text;
    }
    return expect(")");
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int node_depth_ = 0;
};

}  // namespace

Result<Query> parse_query(std::string_view text) {
  TRY(tokens, tokenize(text));
  if (tokens.size() > token_limit)
    return fail(parse_error(fmt::format("query has more than {} words and signs", token_limit), 1, 1));
  TRY(query, Parser(std::move(tokens)).parse());
  TRY_DO(check_query(query));
  TRY_DO(prepare_query(query));
  return query;
}

}  // namespace aloft::telemetry::traces::traceql
