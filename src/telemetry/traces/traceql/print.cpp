// Queries as text. Every operand that is not simple stands in parentheses, so the text needs no knowledge of
// precedence and reads back as the same tree.
#include "telemetry/traces/traceql/ast.h"

namespace aloft::telemetry::traces::traceql {
namespace {

std::string in_parentheses(const FieldExpr& expr) {
  const bool simple = expr.kind == FieldExpr::Kind::literal || expr.kind == FieldExpr::Kind::field;
  return simple ? to_string(expr) : "(" + to_string(expr) + ")";
}

std::string relation_text(Relation relation, RelationMode mode) {
  constexpr std::array<std::string_view, 7> texts = {"&&", "||", ">", "<", ">>", "<<", "~"};
  std::string out;
  if (mode == RelationMode::negated) out = "!";
  if (mode == RelationMode::united) out = "&";
  return out.append(texts[static_cast<std::size_t>(relation)]);
}

std::string operand(const SpansetExpr& expr) {
  return expr.kind == SpansetExpr::Kind::relation ? "(" + to_string(expr) + ")" : to_string(expr);
}

std::string operand(const ScalarExpr& expr) {
  return expr.kind == ScalarExpr::Kind::binary ? "(" + to_string(expr) + ")" : to_string(expr);
}

std::string list_of(const std::vector<FieldExprPtr>& fields) {
  std::string out;
  for (const FieldExprPtr& field : fields) {
    if (!out.empty()) out += ", ";
    out += to_string(*field);
  }
  return out;
}

struct StageText {
  std::string operator()(const SpansetExprPtr& expr) const { return to_string(*expr); }
  std::string operator()(const ScalarFilter& filter) const {
    return operand(*filter.left) + " " + std::string(op_text(filter.op)) + " " + operand(*filter.right);
  }
  std::string operator()(const GroupBy& group) const { return "by(" + to_string(*group.field) + ")"; }
  std::string operator()(const Coalesce&) const { return "coalesce()"; }
  std::string operator()(const Select& select) const { return "select(" + list_of(select.fields) + ")"; }
  std::string operator()(const BareAggregate& bare) const { return to_string(*bare.scalar); }
};

bool needs_quotes(std::string_view name) {
  if (name.empty()) return true;
  for (const char c : name) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte <= 0x20 || byte == 0x7F ||
        std::string_view("{}()=~!<>&|^,\"\\").find(c) != std::string_view::npos) {
      return true;
    }
    // Spaces beyond ASCII exist; quoting what is not ASCII is always right.
    if (byte >= 0x80) return true;
  }
  return false;
}

std::string quoted_name(std::string_view name) {
  if (!needs_quotes(name)) return std::string(name);
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string series_text(const SeriesStage& stage) {
  switch (stage.kind) {
    case SeriesStage::Kind::topk:
      return fmt::format(" | topk({})", stage.count);
    case SeriesStage::Kind::bottomk:
      return fmt::format(" | bottomk({})", stage.count);
    case SeriesStage::Kind::filter:
      break;
  }
  return fmt::format(" {} {}", op_text(stage.op), literal_text(stage.value));
}

}  // namespace

std::string_view intrinsic_name(Intrinsic intrinsic) {
  constexpr std::array<std::string_view, 23> names = {"",
                                                      "duration",
                                                      "name",
                                                      "status",
                                                      "statusMessage",
                                                      "kind",
                                                      "childCount",
                                                      "parent",
                                                      "rootName",
                                                      "rootServiceName",
                                                      "traceDuration",
                                                      "nestedSetLeft",
                                                      "nestedSetRight",
                                                      "nestedSetParent",
                                                      "trace:id",
                                                      "span:id",
                                                      "span:parentID",
                                                      "event:name",
                                                      "event:timeSinceStart",
                                                      "link:traceID",
                                                      "link:spanID",
                                                      "instrumentation:name",
                                                      "instrumentation:version"};
  return names[static_cast<std::size_t>(intrinsic)];
}

std::string to_string(const FieldName& field) {
  if (field.scope == Scope::intrinsic) return std::string(intrinsic_name(field.intrinsic));
  constexpr std::array<std::string_view, 6> scopes = {".",      "span.", "resource.",
                                                      "event.", "link.", "instrumentation."};
  std::string out;
  if (field.of_parent) {
    out = "parent.";
    if (field.scope != Scope::any) out += scopes[static_cast<std::size_t>(field.scope)];
  } else {
    out = scopes[static_cast<std::size_t>(field.scope)];
  }
  return out + quoted_name(field.name);
}

std::string short_name(const FieldName& field) {
  return field.scope == Scope::intrinsic ? std::string(intrinsic_name(field.intrinsic)) : field.name;
}

std::string to_string(const FieldExpr& expr) {
  switch (expr.kind) {
    case FieldExpr::Kind::literal:
      return literal_text(expr.value);
    case FieldExpr::Kind::field:
      return to_string(expr.field);
    case FieldExpr::Kind::unary:
      return std::string(op_text(expr.op)) + in_parentheses(*expr.left);
    case FieldExpr::Kind::binary:
      break;
  }
  return in_parentheses(*expr.left) + " " + std::string(op_text(expr.op)) + " " + in_parentheses(*expr.right);
}

std::string to_string(const SpansetExpr& expr) {
  switch (expr.kind) {
    case SpansetExpr::Kind::filter:
      return expr.filter == nullptr ? "{ }" : "{ " + to_string(*expr.filter) + " }";
    case SpansetExpr::Kind::pipeline:
      return "(" + to_string(*expr.pipeline) + ")";
    case SpansetExpr::Kind::relation:
      break;
  }
  return operand(*expr.left) + " " + relation_text(expr.relation, expr.mode) + " " + operand(*expr.right);
}

std::string to_string(const ScalarExpr& expr) {
  constexpr std::array<std::string_view, 5> names = {"count", "max", "min", "sum", "avg"};
  switch (expr.kind) {
    case ScalarExpr::Kind::aggregate:
      return fmt::format("{}({})", names[static_cast<std::size_t>(expr.aggregate)],
                         expr.field == nullptr ? "" : to_string(*expr.field));
    case ScalarExpr::Kind::literal:
      return literal_text(expr.value);
    case ScalarExpr::Kind::pipeline:
      return "(" + to_string(*expr.pipeline) + ")";
    case ScalarExpr::Kind::binary:
      break;
  }
  return operand(*expr.left) + " " + std::string(op_text(expr.op)) + " " + operand(*expr.right);
}

std::string to_string(const Pipeline& pipeline) {
  std::string out;
  for (const Stage& stage : pipeline.stages) {
    if (!out.empty()) out += " | ";
    out += std::visit(StageText{}, stage);
  }
  return out;
}

std::string_view function_name(MetricsFunction function) {
  constexpr std::array<std::string_view, 9> names = {
      "rate",          "count_over_time",    "min_over_time",       "max_over_time", "avg_over_time",
      "sum_over_time", "quantile_over_time", "histogram_over_time", "compare"};
  return names[static_cast<std::size_t>(function)];
}

std::string to_string(const MetricsStage& stage) {
  std::string out(function_name(stage.function));
  out += '(';
  if (stage.function == MetricsFunction::compare) {
    out += to_string(*stage.selection);
    out += fmt::format(", {}", stage.top);
    if (stage.selection_begin_ns != 0 || stage.selection_end_ns != 0) {
      out += fmt::format(", {}, {}", stage.selection_begin_ns, stage.selection_end_ns);
    }
  } else if (stage.field != nullptr) {
    out += to_string(*stage.field);
    for (const double quantile : stage.quantiles) out += ", " + literal_text(real_value(quantile));
  }
  out += ')';
  if (!stage.by.empty()) out += " by (" + list_of(stage.by) + ")";
  return out;
}

std::string to_string(const Query& query) {
  std::string out = to_string(query.pipeline);
  if (query.metrics) out += " | " + to_string(*query.metrics);
  for (const SeriesStage& stage : query.series) out += series_text(stage);
  for (std::size_t i = 0; i < query.hints.size(); ++i) {
    out += i == 0 ? " with (" : ", ";
    out += query.hints[i].name + "=" + literal_text(query.hints[i].value);
    if (i + 1 == query.hints.size()) out += ")";
  }
  return out;
}

const SpansetExpr* Query::single_filter() const {
  if (metrics || pipeline.stages.size() != 1) return nullptr;
  const auto* set = std::get_if<SpansetExprPtr>(&pipeline.stages.front());
  return set != nullptr && (*set)->kind == SpansetExpr::Kind::filter ? set->get() : nullptr;
}

bool Query::hint_is(std::string_view name, bool otherwise) const {
  for (const Hint& hint : hints) {
    if (hint.name == name && hint.value.type == ValueType::boolean) return hint.value.number != 0;
  }
  return otherwise;
}

}  // namespace aloft::telemetry::traces::traceql
