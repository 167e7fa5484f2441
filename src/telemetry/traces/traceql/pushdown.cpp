// Comparisons of one field with a literal are answered from the field's column; text once for each distinct
// string. Whatever else stands in an expression counts as "may be".
#include "telemetry/traces/traceql/pushdown.h"

namespace aloft::telemetry::traces::traceql {
namespace {

// A comparison `field op literal`.
struct Leaf {
  const FieldExpr* field = nullptr;
  Value literal;
  Op op = Op::equal;
  const Regex* regex = nullptr;
  bool test(const Value& value) const {
    if (value.is_nil()) return literal.is_nil() && op == Op::equal;
    return compare(op, value, literal, regex);
  }
};

Op mirrored(Op op) {
  switch (op) {
    case Op::less:
      return Op::greater;
    case Op::less_equal:
      return Op::greater_equal;
    case Op::greater:
      return Op::less;
    case Op::greater_equal:
      return Op::less_equal;
    default:
      return op;
  }
}

bool as_leaf(const FieldExpr& expr, Leaf& leaf) {
  if (expr.kind != FieldExpr::Kind::binary || !is_comparison(expr.op)) return false;
  const bool straight =
      expr.left->kind == FieldExpr::Kind::field && expr.right->kind == FieldExpr::Kind::literal;
  const bool turned =
      expr.right->kind == FieldExpr::Kind::field && expr.left->kind == FieldExpr::Kind::literal;
  if (!straight && !turned) return false;
  leaf.field = straight ? expr.left.get() : expr.right.get();
  leaf.literal = straight ? expr.right->value : expr.left->value;
  leaf.op = straight ? expr.op : mirrored(expr.op);
  leaf.regex = expr.regex.get();
  return true;
}

class Matcher {
 public:
  explicit Matcher(const BoundTable& table) : bound_(table), table_(table.table()) {}

  RowMask match(const FieldExpr* expr) {
    if (expr == nullptr) return all(1);
    if (expr->kind == FieldExpr::Kind::literal) return all(expr->value.is_true() ? 1 : 0);
    if (expr->kind == FieldExpr::Kind::field) {
      Leaf leaf;
      leaf.field = expr;
      leaf.literal = boolean_value(true);
      return match_leaf(leaf);
    }
    if (expr->kind != FieldExpr::Kind::binary) return all(1);
    if (expr->op == Op::logical_and || expr->op == Op::logical_or) {
      RowMask left = match(expr->left.get());
      const RowMask right = match(expr->right.get());
      const bool both = expr->op == Op::logical_and;
      for (std::size_t i = 0; i < left.size(); ++i) {
        left[i] = both ? left[i] & right[i] : left[i] | right[i];
      }
      return left;
    }
    Leaf leaf;
    return as_leaf(*expr, leaf) ? match_leaf(leaf) : all(1);
  }

 private:
  RowMask all(std::uint8_t value) const { return RowMask(table_.rows(), value); }

  RowMask match_leaf(const Leaf& leaf) {
    const FieldName& field = leaf.field->field;
    if (field.of_parent) return all(1);
    // What is missing is found by looking at the whole span.
    if (leaf.literal.is_nil() && leaf.op == Op::equal) return all(1);
    switch (field.scope) {
      case Scope::span:
        return match_columns(leaf);
      case Scope::resource:
        return match_shared(leaf, bound_.resource_values(leaf.field->slot), table_.resource_of);
      case Scope::instrumentation:
        return match_shared(leaf, bound_.scope_values(leaf.field->slot), table_.scope_of);
      case Scope::any: {
        RowMask mask = match_columns(leaf);
        const RowMask other =
            match_shared(leaf, bound_.resource_values(leaf.field->slot), table_.resource_of);
        for (std::size_t i = 0; i < mask.size(); ++i) mask[i] |= other[i];
        return mask;
      }
      case Scope::event:
        return match_first(table_.events.first);
      case Scope::link:
        return match_first(table_.links.first);
      case Scope::intrinsic:
        return match_intrinsic(leaf, field.intrinsic);
    }
    return all(1);
  }

  // Spans with any event (link) at all.
  RowMask match_first(const std::vector<std::uint32_t>& first) const {
    RowMask mask = all(0);
    if (first.empty()) return mask;
    for (std::uint32_t row = 0; row < table_.rows(); ++row) mask[row] = first[row] != first[row + 1] ? 1 : 0;
    return mask;
  }

  RowMask match_shared(const Leaf& leaf, const std::vector<Value>& values,
                       const std::vector<std::uint32_t>& of) const {
    std::vector<std::uint8_t> results;
    for (const Value& value : values) results.push_back(leaf.test(value) ? 1 : 0);
    RowMask mask = all(0);
    for (std::uint32_t row = 0; row < table_.rows(); ++row) mask[row] = results[of[row]];
    return mask;
  }

  // One answer for each distinct string.
  bool test_text(const Leaf& leaf, std::uint32_t id, std::vector<std::int8_t>& answers) const {
    std::int8_t& answer = answers[id];
    if (answer < 0) answer = leaf.test(string_value(table_.strings.at(id))) ? 1 : 0;
    return answer > 0;
  }

  RowMask match_columns(const Leaf& leaf) const {
    RowMask mask = all(0);
    std::vector<std::int8_t> answers(table_.strings.size(), -1);
    for (const AttributeColumn* column : bound_.span_columns(leaf.field->slot)) {
      column->present.each(0, table_.rows(), [&](std::uint32_t row, std::uint32_t place) {
        const bool match = column->type == ColumnType::string
                               ? test_text(leaf, column->ids[place], answers)
                               : leaf.test(bound_.column_value(*column, place));
        if (match) mask[row] = 1;
      });
    }
    return mask;
  }

  RowMask match_intrinsic(const Leaf& leaf, Intrinsic intrinsic) const {
    const auto by_row = [&](auto value) {
      RowMask mask = all(0);
      for (std::uint32_t row = 0; row < table_.rows(); ++row) mask[row] = leaf.test(value(row)) ? 1 : 0;
      return mask;
    };
    switch (intrinsic) {
      case Intrinsic::name: {
        std::vector<std::int8_t> answers(table_.strings.size(), -1);
        RowMask mask = all(0);
        for (std::uint32_t row = 0; row < table_.rows(); ++row) {
          mask[row] = test_text(leaf, table_.names[row], answers) ? 1 : 0;
        }
        return mask;
      }
      case Intrinsic::duration:
        return by_row([this](std::uint32_t row) { return duration_value(table_.durations[row]); });
      case Intrinsic::status:
        return by_row([this](std::uint32_t row) {
          return status_value(static_cast<SpanStatus>(table_.statuses[row]));
        });
      case Intrinsic::kind:
        return by_row(
            [this](std::uint32_t row) { return kind_value(static_cast<SpanKind>(table_.kinds[row])); });
      case Intrinsic::event_name:
      case Intrinsic::event_time_since_start:
        return match_first(table_.events.first);
      case Intrinsic::link_trace_id:
      case Intrinsic::link_span_id:
        return match_first(table_.links.first);
      default:
        return all(1);
    }
  }

  const BoundTable& bound_;
  const SpanTable& table_;
};

RowMask may_match_set(const SpansetExpr& expr, const BoundTable& table) {
  switch (expr.kind) {
    case SpansetExpr::Kind::filter:
      return may_match(expr.filter.get(), table);
    case SpansetExpr::Kind::pipeline:
      return may_match(*expr.pipeline, table);
    case SpansetExpr::Kind::relation:
      break;
  }
  RowMask right = may_match_set(*expr.right, table);
  // What is related must be there itself; only `||` is content with the left side.
  if (expr.relation != Relation::either) return right;
  const RowMask left = may_match_set(*expr.left, table);
  for (std::size_t i = 0; i < right.size(); ++i) right[i] |= left[i];
  return right;
}

// Names are listed up to a limit; beyond it nothing is certain.
bool has_operation(const PartSummary& summary, std::string_view name) {
  for (const auto& [service, operations] : summary.services) {
    if (operations.size() >= operations_limit) return true;
    const auto found = operations.lower_bound({std::string(name), SpanKind::unspecified});
    if (found != operations.end() && found->name == name) return true;
  }
  return false;
}

bool leaf_may_match(const Leaf& leaf, const PartSummary& summary) {
  const FieldName& field = leaf.field->field;
  // What is missing may be what is asked for.
  if (field.of_parent || leaf.literal.is_nil()) return true;
  const bool equals_text = leaf.op == Op::equal && leaf.literal.type == ValueType::string;
  switch (field.scope) {
    case Scope::span:
      return summary.span_keys.contains(field.name);
    case Scope::event:
      return summary.event_keys.contains(field.name);
    case Scope::link:
      return summary.link_keys.contains(field.name);
    case Scope::instrumentation:
      return summary.scope_keys.contains(field.name);
    case Scope::any:
      return summary.span_keys.contains(field.name) || summary.resource_keys.contains(field.name);
    case Scope::resource:
      if (equals_text && field.name == "service.name") return summary.services.contains(leaf.literal.text);
      return summary.resource_keys.contains(field.name);
    case Scope::intrinsic:
      break;
  }
  return field.intrinsic != Intrinsic::name || !equals_text || has_operation(summary, leaf.literal.text);
}

bool filter_may_match(const FieldExpr* expr, const PartSummary& summary) {
  if (expr == nullptr || expr->kind != FieldExpr::Kind::binary) return true;
  if (expr->op == Op::logical_and) {
    return filter_may_match(expr->left.get(), summary) && filter_may_match(expr->right.get(), summary);
  }
  if (expr->op == Op::logical_or) {
    return filter_may_match(expr->left.get(), summary) || filter_may_match(expr->right.get(), summary);
  }
  Leaf leaf;
  return !as_leaf(*expr, leaf) || leaf_may_match(leaf, summary);
}

bool set_may_match(const SpansetExpr& expr, const PartSummary& summary) {
  switch (expr.kind) {
    case SpansetExpr::Kind::filter:
      return filter_may_match(expr.filter.get(), summary);
    case SpansetExpr::Kind::pipeline:
      return may_match(*expr.pipeline, summary);
    case SpansetExpr::Kind::relation:
      break;
  }
  return set_may_match(*expr.right, summary) ||
         (expr.relation == Relation::either && set_may_match(*expr.left, summary));
}

bool takes_everything(const SpansetExpr& expr) {
  switch (expr.kind) {
    case SpansetExpr::Kind::filter:
      return expr.filter == nullptr;
    case SpansetExpr::Kind::pipeline:
      return takes_everything(*expr.pipeline);
    case SpansetExpr::Kind::relation:
      break;
  }
  return takes_everything(*expr.right) || (expr.relation == Relation::either && takes_everything(*expr.left));
}

}  // namespace

RowMask may_match(const FieldExpr* filter, const BoundTable& table) { return Matcher(table).match(filter); }

RowMask may_match(const Pipeline& pipeline, const BoundTable& table) {
  if (!pipeline.stages.empty()) {
    if (const auto* set = std::get_if<SpansetExprPtr>(&pipeline.stages.front()))
      return may_match_set(**set, table);
  }
  return RowMask(table.table().rows(), 1);
}

bool may_match(const Pipeline& pipeline, const PartSummary& summary) {
  if (pipeline.stages.empty()) return true;
  const auto* set = std::get_if<SpansetExprPtr>(&pipeline.stages.front());
  return set == nullptr || set_may_match(**set, summary);
}

bool takes_everything(const Pipeline& pipeline) {
  if (pipeline.stages.empty()) return true;
  const auto* set = std::get_if<SpansetExprPtr>(&pipeline.stages.front());
  return set == nullptr || takes_everything(**set);
}

}  // namespace aloft::telemetry::traces::traceql
