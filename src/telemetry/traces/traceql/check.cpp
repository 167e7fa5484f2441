// What grammar cannot say: types that fit, aggregates that look at spans, regular expressions that compile.
#include "telemetry/traces/traceql/parser.h"

namespace aloft::telemetry::traces::traceql {
namespace {

// Types as far as they are known before a span is seen.
enum class Type : std::uint8_t { unknown, nil, integer, real, string, boolean, duration, status, kind };

bool is_numeric(Type type) { return type == Type::integer || type == Type::real || type == Type::duration; }

Type type_of(const Value& value) {
  switch (value.type) {
    case ValueType::nil:
      return Type::nil;
    case ValueType::integer:
      return Type::integer;
    case ValueType::real:
      return Type::real;
    case ValueType::string:
      return Type::string;
    case ValueType::boolean:
      return Type::boolean;
    case ValueType::duration:
      return Type::duration;
    case ValueType::status:
      return Type::status;
    case ValueType::kind:
      return Type::kind;
    case ValueType::list:
      break;
  }
  return Type::unknown;
}

Type type_of(const FieldName& field) {
  if (field.scope != Scope::intrinsic) return Type::unknown;
  switch (field.intrinsic) {
    case Intrinsic::duration:
    case Intrinsic::trace_duration:
    case Intrinsic::event_time_since_start:
      return Type::duration;
    case Intrinsic::status:
      return Type::status;
    case Intrinsic::kind:
      return Type::kind;
    case Intrinsic::child_count:
    case Intrinsic::nested_set_left:
    case Intrinsic::nested_set_right:
    case Intrinsic::nested_set_parent:
      return Type::integer;
    case Intrinsic::parent:
      return Type::unknown;
    default:
      return Type::string;
  }
}

Type type_of(const FieldExpr& expr) {
  switch (expr.kind) {
    case FieldExpr::Kind::literal:
      return type_of(expr.value);
    case FieldExpr::Kind::field:
      return type_of(expr.field);
    case FieldExpr::Kind::unary:
      return expr.op == Op::logical_not ? Type::boolean : type_of(*expr.left);
    case FieldExpr::Kind::binary:
      break;
  }
  if (!is_arithmetic(expr.op)) return Type::boolean;
  const Type left = type_of(*expr.left);
  return left == Type::unknown ? type_of(*expr.right) : left;
}

Type type_of(const ScalarExpr& expr) {
  switch (expr.kind) {
    case ScalarExpr::Kind::literal:
      return type_of(expr.value);
    case ScalarExpr::Kind::aggregate:
      return expr.aggregate == Aggregate::count ? Type::integer : type_of(*expr.field);
    case ScalarExpr::Kind::binary: {
      const Type left = type_of(*expr.left);
      return left == Type::unknown ? type_of(*expr.right) : left;
    }
    case ScalarExpr::Kind::pipeline:
      break;
  }
  return type_of(*std::get<BareAggregate>(expr.pipeline->stages.back()).scalar);
}

bool fits(Type left, Type right) {
  if (left == Type::unknown || right == Type::unknown || left == right) return true;
  if (left == Type::nil || right == Type::nil) return true;
  return is_numeric(left) && is_numeric(right);
}

bool allowed(Op op, Type type) {
  switch (type) {
    case Type::unknown:
      return true;
    case Type::nil:
      return op == Op::equal || op == Op::not_equal;
    case Type::integer:
    case Type::real:
    case Type::duration:
      return op <= Op::greater_equal;
    case Type::string:
      return op >= Op::equal && op <= Op::not_regex;
    case Type::boolean:
      return op == Op::logical_and || op == Op::logical_or || op == Op::equal || op == Op::not_equal;
    case Type::status:
    case Type::kind:
      return op == Op::equal || op == Op::not_equal;
  }
  return false;
}

template <class Expr>
Result<> check_binary(Op op, Type left, Type right, const Expr& expr) {
  if (!fits(left, right)) {
    return fail(Code::invalid, "binary operations must operate on the same type: " + expr());
  }
  // Comparing with nil is allowed for every type.
  if (!allowed(op, left) || !allowed(op, right)) {
    return fail(Code::invalid, "illegal operation for the given types: " + expr());
  }
  return {};
}

bool mentions_span(const FieldExpr& expr) {
  if (expr.kind == FieldExpr::Kind::field) return true;
  if (expr.left != nullptr && mentions_span(*expr.left)) return true;
  return expr.right != nullptr && mentions_span(*expr.right);
}

class Checker {
 public:
  Result<> check(const Pipeline& pipeline) const {
    for (const Stage& stage : pipeline.stages) {
      TRY_DO(std::visit([this](const auto& s) { return check_stage(s); }, stage));
    }
    return {};
  }

  Result<> check(const SpansetExpr& expr) const {
    switch (expr.kind) {
      case SpansetExpr::Kind::pipeline:
        return check(*expr.pipeline);
      case SpansetExpr::Kind::relation:
        TRY_DO(check(*expr.left));
        return check(*expr.right);
      case SpansetExpr::Kind::filter:
        break;
    }
    if (expr.filter == nullptr) return {};
    TRY_DO(check(*expr.filter));
    const Type type = type_of(*expr.filter);
    if (type == Type::unknown || type == Type::boolean) return {};
    return fail(Code::invalid, "span filter field expressions must resolve to a boolean: " + to_string(expr));
  }

  Result<> check(const FieldExpr& expr) const {
    switch (expr.kind) {
      case FieldExpr::Kind::literal:
      case FieldExpr::Kind::field:
        return {};
      case FieldExpr::Kind::unary: {
        TRY_DO(check(*expr.left));
        const Type type = type_of(*expr.left);
        const bool right = expr.op == Op::logical_not ? type == Type::boolean : is_numeric(type);
        if (right || type == Type::unknown) return {};
        return fail(Code::invalid, "illegal operation for the given type: " + to_string(expr));
      }
      case FieldExpr::Kind::binary:
        break;
    }
    TRY_DO(check(*expr.left));
    TRY_DO(check(*expr.right));
    const auto text = [&expr] { return to_string(expr); };
    TRY_DO(check_binary(expr.op, type_of(*expr.left), type_of(*expr.right), text));
    const bool regular = expr.op == Op::regex || expr.op == Op::not_regex;
    if (regular &&
        (expr.right->kind != FieldExpr::Kind::literal || expr.right->value.type != ValueType::string)) {
      return fail(Code::invalid, "illegal operation for the given types: " + text());
    }
    return {};
  }

  Result<> check(const ScalarExpr& expr) const {
    switch (expr.kind) {
      case ScalarExpr::Kind::literal:
        return {};
      case ScalarExpr::Kind::pipeline:
        return check(*expr.pipeline);
      case ScalarExpr::Kind::binary: {
        TRY_DO(check(*expr.left));
        TRY_DO(check(*expr.right));
        return check_binary(expr.op, type_of(*expr.left), type_of(*expr.right),
                            [&expr] { return to_string(expr); });
      }
      case ScalarExpr::Kind::aggregate:
        break;
    }
    if (expr.field == nullptr) return {};
    TRY_DO(check(*expr.field));
    const Type type = type_of(*expr.field);
    if (type != Type::unknown && !is_numeric(type)) {
      return fail(Code::invalid,
                  "aggregate field expressions must resolve to a number type: " + to_string(expr));
    }
    if (!mentions_span(*expr.field)) {
      return fail(Code::invalid, "aggregate field expressions must reference the span: " + to_string(expr));
    }
    return {};
  }

  Result<> check(const MetricsStage& stage) const {
    if (stage.field != nullptr) {
      TRY_DO(check(*stage.field));
      const Type type = type_of(*stage.field);
      if (type != Type::unknown && !is_numeric(type)) {
        return fail(Code::invalid,
                    "aggregate field expressions must resolve to a number type: " + to_string(stage));
      }
    }
    for (const double quantile : stage.quantiles) {
      if (quantile < 0 || quantile > 1) return fail(Code::invalid, "quantile must be between 0 and 1");
    }
    for (const FieldExprPtr& by : stage.by) TRY_DO(check_group(*by));
    if (stage.selection == nullptr) return {};
    if (stage.top <= 0)
      return fail(Code::invalid, "compare() top number of values must be integer greater than 0");
    if (stage.selection_begin_ns != 0 || stage.selection_end_ns != 0) {
      if (stage.selection_begin_ns <= 0 || stage.selection_end_ns <= 0) {
        return fail(Code::invalid, "compare() timestamps must be positive integer unix nanoseconds");
      }
      if (stage.selection_end_ns <= stage.selection_begin_ns) {
        return fail(Code::invalid, "compare() end timestamp must be greater than start timestamp");
      }
    }
    return check(*stage.selection);
  }

 private:
  Result<> check_group(const FieldExpr& field) const {
    TRY_DO(check(field));
    if (mentions_span(field)) return {};
    return fail(Code::invalid,
                "grouping field expressions must reference the span: by(" + to_string(field) + ")");
  }

  Result<> check_stage(const SpansetExprPtr& expr) const { return check(*expr); }
  Result<> check_stage(const ScalarFilter& filter) const {
    TRY_DO(check(*filter.left));
    TRY_DO(check(*filter.right));
    return check_binary(filter.op, type_of(*filter.left), type_of(*filter.right), [&filter] {
      return to_string(*filter.left) + " " + std::string(op_text(filter.op)) + " " + to_string(*filter.right);
    });
  }
  Result<> check_stage(const GroupBy& group) const { return check_group(*group.field); }
  Result<> check_stage(const Coalesce&) const { return {}; }
  Result<> check_stage(const Select& select) const {
    for (const FieldExprPtr& field : select.fields) {
      if (field->kind != FieldExpr::Kind::field) {
        return fail(Code::invalid, "select() takes fields of the span: " + to_string(*field));
      }
    }
    return {};
  }
  Result<> check_stage(const BareAggregate& bare) const { return check(*bare.scalar); }
};

// Numbers fields and compiles expressions throughout the tree.
class Preparer {
 public:
  explicit Preparer(Query& query) : query_(query) {}

  Result<> prepare(Pipeline& pipeline) {
    for (Stage& stage : pipeline.stages) {
      TRY_DO(std::visit([this](auto& s) { return prepare_stage(s); }, stage));
    }
    return {};
  }
  Result<> prepare(SpansetExpr& expr) {
    if (expr.filter != nullptr) TRY_DO(prepare(*expr.filter));
    if (expr.left != nullptr) TRY_DO(prepare(*expr.left));
    if (expr.right != nullptr) TRY_DO(prepare(*expr.right));
    if (expr.pipeline != nullptr) TRY_DO(prepare(*expr.pipeline));
    return {};
  }
  Result<> prepare(FieldExpr& expr) {
    if (expr.kind == FieldExpr::Kind::field) {
      const auto known = std::find(query_.fields.begin(), query_.fields.end(), expr.field);
      expr.slot = static_cast<std::uint32_t>(known - query_.fields.begin());
      if (known == query_.fields.end()) query_.fields.push_back(expr.field);
    }
    if (expr.kind == FieldExpr::Kind::binary && is_comparison(expr.op)) {
      normalise_id(*expr.left, *expr.right);
      normalise_id(*expr.right, *expr.left);
    }
    if (expr.op == Op::regex || expr.op == Op::not_regex) {
      auto compiled = Regex::compile(expr.right->value.text, Regex::Anchor::both);
      if (!compiled) return fail(Code::invalid, "invalid regex: " + compiled.error().message());
      expr.regex = std::move(*compiled);
    }
    if (expr.left != nullptr) TRY_DO(prepare(*expr.left));
    if (expr.right != nullptr) TRY_DO(prepare(*expr.right));
    return {};
  }
  Result<> prepare(ScalarExpr& expr) {
    if (expr.field != nullptr) TRY_DO(prepare(*expr.field));
    if (expr.left != nullptr) TRY_DO(prepare(*expr.left));
    if (expr.right != nullptr) TRY_DO(prepare(*expr.right));
    if (expr.pipeline != nullptr) TRY_DO(prepare(*expr.pipeline));
    return {};
  }
  Result<> prepare(MetricsStage& stage) {
    if (stage.field != nullptr) TRY_DO(prepare(*stage.field));
    for (FieldExprPtr& by : stage.by) TRY_DO(prepare(*by));
    if (stage.selection != nullptr) TRY_DO(prepare(*stage.selection));
    return {};
  }

 private:
  // Ids may be written with or without leading zeros: trace ids are compared without, span ids with them.
  static void normalise_id(const FieldExpr& field, FieldExpr& literal) {
    if (field.kind != FieldExpr::Kind::field || field.field.scope != Scope::intrinsic) return;
    if (literal.kind != FieldExpr::Kind::literal || literal.value.type != ValueType::string) return;
    std::string& text = literal.text;
    if (text.empty() || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return;
    switch (field.field.intrinsic) {
      case Intrinsic::trace_id:
      case Intrinsic::link_trace_id:
        text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
        break;
      case Intrinsic::span_id:
      case Intrinsic::parent_id:
      case Intrinsic::link_span_id:
        if (text.size() < 16) text.insert(0, 16 - text.size(), '0');
        break;
      default:
        return;
    }
    literal.value.text = text;
  }

  Result<> prepare_stage(SpansetExprPtr& expr) { return prepare(*expr); }
  Result<> prepare_stage(ScalarFilter& filter) {
    TRY_DO(prepare(*filter.left));
    return prepare(*filter.right);
  }
  Result<> prepare_stage(GroupBy& group) { return prepare(*group.field); }
  Result<> prepare_stage(Coalesce&) { return {}; }
  Result<> prepare_stage(Select& select) {
    for (FieldExprPtr& field : select.fields) TRY_DO(prepare(*field));
    return {};
  }
  Result<> prepare_stage(BareAggregate& bare) { return prepare(*bare.scalar); }

  Query& query_;
};

}  // namespace

Result<> check_query(const Query& query) {
  const Checker checker;
  TRY_DO(checker.check(query.pipeline));
  if (query.metrics) TRY_DO(checker.check(*query.metrics));
  for (const SeriesStage& stage : query.series) {
    if (stage.kind != SeriesStage::Kind::filter && stage.count <= 0) {
      return fail(Code::invalid, fmt::format("limit must be greater than 0, got: {}", stage.count));
    }
  }
  return {};
}

Result<> prepare_query(Query& query) {
  query.fields.clear();
  Preparer preparer(query);
  TRY_DO(preparer.prepare(query.pipeline));
  if (query.metrics) TRY_DO(preparer.prepare(*query.metrics));
  return {};
}

}  // namespace aloft::telemetry::traces::traceql
