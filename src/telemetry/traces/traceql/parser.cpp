// Precedence climbing over sets of spans and scalars, which stand outside braces; expressions on fields have
// a parser of their own.
#include "telemetry/traces/traceql/parser.h"

#include "telemetry/traces/traceql/field_parser.h"
#include "telemetry/traces/traceql/metrics_parser.h"
#include "telemetry/traces/traceql/token_cursor.h"

namespace aloft::telemetry::traces::traceql {
namespace {

// A chain of operators is a tree as deep as it is long, and whoever walks it uses the stack.
constexpr std::size_t token_limit = 3000;

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

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : words_(std::move(tokens)) {}

  Result<Query> parse() {
    Query query;
    TRY_DO(parse_pipeline(query.pipeline, &query));
    TRY_DO(metrics_.parse_hints(query));
    if (words_.here().kind != Token::Kind::end) return words_.unexpected();
    if (query.pipeline.stages.size() == 1) unwrap(query.pipeline);
    if (!query.metrics) {
      for (const Stage& stage : query.pipeline.stages) {
        // Only inside parentheses may a pipeline end with a number.
        if (std::holds_alternative<BareAggregate>(stage)) return words_.unexpected();
      }
    }
    return query;
  }

 private:
  // `( { a } )` alone is `{ a }`.
  static void unwrap(Pipeline& pipeline) {
    while (pipeline.stages.size() == 1) {
      auto* spanset = std::get_if<SpansetExprPtr>(&pipeline.stages[0]);
      if (spanset == nullptr || (*spanset)->kind != SpansetExpr::Kind::pipeline) return;
      Pipeline inner = std::move(*(*spanset)->pipeline);
      pipeline = std::move(inner);
    }
  }

  // Metrics and what follows them are allowed where `query` is not null.
  Result<> parse_pipeline(Pipeline& pipeline, Query* query) {
    for (bool first = true;; first = false) {
      if (!first && query != nullptr && metrics_.starts_here()) return metrics_.parse_metrics(*query);
      TRY_DO(parse_stage(pipeline, first));
      if (!words_.accept("|")) return {};
    }
  }

  Result<> parse_stage(Pipeline& pipeline, bool first) {
    if (words_.here().is("by")) {
      words_.take();
      TRY_DO(words_.expect("("));
      TRY(field, fields_.parse_field());
      TRY_DO(words_.expect(")"));
      pipeline.stages.emplace_back(GroupBy{std::move(field)});
      return {};
    }
    if (words_.here().is("coalesce") && !first) {
      words_.take();
      TRY_DO(words_.expect("("));
      TRY_DO(words_.expect(")"));
      pipeline.stages.emplace_back(Coalesce{});
      return {};
    }
    if (words_.accept("select")) {
      TRY_DO(words_.expect("("));
      Select select;
      TRY_DO(fields_.parse_fields(select.fields));
      TRY_DO(words_.expect(")"));
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
      if (first || depth_ == 0 || !words_.here().is(")")) return words_.unexpected();
      pipeline.stages.emplace_back(BareAggregate{std::move(node.scalar)});
    }
    return {};
  }

  Result<Node> parse_node(int level) {
    const Depth depth(node_depth_);
    if (depth.too_deep()) return words_.too_deep();
    TRY(left, parse_operand());
    for (;;) {
      if (left.filter) return left;
      const RelationWord* relation = left.spanset != nullptr ? relation_of(words_.here()) : nullptr;
      if (relation != nullptr) {
        const int own = relation->relation <= Relation::either ? logic_level : comparison_level;
        if (own < level) return left;
        words_.take();
        const Token& start = words_.here();
        TRY(right, parse_node(own + 1));
        if (right.spanset == nullptr) return words_.unexpected_at(start);
        auto joined = std::make_unique<SpansetExpr>();
        joined->kind = SpansetExpr::Kind::relation;
        joined->relation = relation->relation;
        joined->mode = relation->mode;
        joined->left = std::move(left.spanset);
        joined->right = std::move(right.spanset);
        left.spanset = std::move(joined);
        continue;
      }
      const Infix infix = left.scalar != nullptr ? infix_of(words_.here()) : Infix{};
      if (infix.level < comparison_level || infix.level < level || infix.op == Op::regex ||
          infix.op == Op::not_regex) {
        return left;
      }
      words_.take();
      const Token& start = words_.here();
      TRY(right, parse_node(infix.op == Op::power ? infix.level : infix.level + 1));
      if (right.scalar == nullptr) return words_.unexpected_at(start);
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

  Result<Node> parse_operand() {
    Node node;
    if (words_.here().is("{")) {
      TRY(filter, fields_.parse_filter());
      node.spanset = std::move(filter);
      return node;
    }
    if (words_.here().is("(")) return parse_parentheses();
    bool negative = false;
    if (words_.here().is("-")) {
      words_.take();
      negative = true;
    }
    const Token::Kind kind = words_.here().kind;
    if (kind == Token::Kind::integer || kind == Token::Kind::real || kind == Token::Kind::duration) {
      node.scalar = std::make_unique<ScalarExpr>();
      node.scalar->value = literal_of(words_.take());
      if (negative) negate(node.scalar->value);
      return node;
    }
    if (negative) return words_.unexpected();
    return parse_aggregate();
  }

  Result<Node> parse_aggregate() {
    constexpr std::array<std::string_view, 5> names = {"count", "max", "min", "sum", "avg"};
    const auto known =
        std::find_if(names.begin(), names.end(), [this](auto name) { return words_.here().is(name); });
    if (known == names.end()) return words_.unexpected();
    words_.take();
    Node node;
    node.scalar = std::make_unique<ScalarExpr>();
    node.scalar->kind = ScalarExpr::Kind::aggregate;
    node.scalar->aggregate = static_cast<Aggregate>(known - names.begin());
    TRY_DO(words_.expect("("));
    if (node.scalar->aggregate != Aggregate::count) {
      TRY(field, fields_.parse_field());
      node.scalar->field = std::move(field);
    }
    TRY_DO(words_.expect(")"));
    return node;
  }

  Result<Node> parse_parentheses() {
    words_.take();
    const Depth depth(depth_);
    if (depth.too_deep()) return words_.too_deep();
    // `(count() + 1)` groups scalars; everything else is a pipeline.
    auto pipeline = std::make_unique<Pipeline>();
    Node node;
    const bool spanset_first = words_.here().is("{") || words_.here().is("(") || words_.here().is("by") ||
                               words_.here().is("select");
    if (!spanset_first) {
      TRY(inner, parse_node(logic_level));
      if (inner.scalar != nullptr && !inner.filter) {
        TRY_DO(words_.expect(")"));
        node.scalar = std::move(inner.scalar);
        return node;
      }
      if (!inner.filter) return words_.unexpected();
      pipeline->stages.emplace_back(std::move(*inner.filter));
      if (words_.accept("|")) TRY_DO(parse_pipeline(*pipeline, nullptr));
    } else {
      TRY_DO(parse_inner(*pipeline, node));
      if (node.scalar != nullptr) {
        TRY_DO(words_.expect(")"));
        return node;
      }
    }
    TRY_DO(words_.expect(")"));
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
    if (words_.here().is("by") || words_.here().is("select")) return parse_pipeline(pipeline, nullptr);
    TRY(first, parse_node(logic_level));
    if (first.filter) {
      pipeline.stages.emplace_back(std::move(*first.filter));
    } else if (first.spanset != nullptr) {
      pipeline.stages.emplace_back(std::move(first.spanset));
    } else {
      scalar.scalar = std::move(first.scalar);
      return {};
    }
    while (words_.accept("|")) TRY_DO(parse_stage(pipeline, false));
    return {};
  }

  TokenCursor words_;
  int depth_ = 0;
  int node_depth_ = 0;
  FieldParser fields_{words_, depth_};
  MetricsParser metrics_{words_, fields_};
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
