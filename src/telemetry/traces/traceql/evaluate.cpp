// Tree walking, since a trace is small and what is large has been sorted out by columns before.
#include "telemetry/traces/traceql/evaluate.h"

namespace aloft::telemetry::traces::traceql {
namespace {

// An operand of && and ||: a field alone means that it is true.
bool is_true(const FieldExpr& expr, const TraceView& trace, std::uint32_t span) {
  return evaluate(expr, trace, span).is_true();
}

Value evaluate_binary(const FieldExpr& expr, const TraceView& trace, std::uint32_t span) {
  if (expr.op == Op::logical_and) {
    return boolean_value(is_true(*expr.left, trace, span) && is_true(*expr.right, trace, span));
  }
  if (expr.op == Op::logical_or) {
    return boolean_value(is_true(*expr.left, trace, span) || is_true(*expr.right, trace, span));
  }
  const Value left = evaluate(*expr.left, trace, span);
  const Value right = evaluate(*expr.right, trace, span);
  if (is_arithmetic(expr.op)) return calculate(expr.op, left, right);
  // Only a comparison with nil itself asks for what is missing.
  const bool asks_nil = (expr.left->kind == FieldExpr::Kind::literal && expr.left->value.is_nil()) ||
                        (expr.right->kind == FieldExpr::Kind::literal && expr.right->value.is_nil());
  if (!asks_nil && (left.is_nil() || right.is_nil())) return boolean_value(false);
  return boolean_value(compare(expr.op, left, right, expr.regex.get()));
}

void add_unique(std::vector<std::uint32_t>& into, const std::vector<std::uint32_t>& spans) {
  std::vector<std::uint32_t> joined;
  joined.reserve(into.size() + spans.size());
  std::set_union(into.begin(), into.end(), spans.begin(), spans.end(), std::back_inserter(joined));
  into = std::move(joined);
}

std::vector<std::uint32_t> all_spans(const std::vector<Spanset>& sets) {
  std::vector<std::uint32_t> spans;
  for (const Spanset& set : sets) add_unique(spans, set.spans);
  return spans;
}

class Evaluator {
 public:
  explicit Evaluator(const TraceView& trace) : trace_(trace) {}

  std::vector<Spanset> run(const Pipeline& pipeline, std::vector<Spanset> sets) const {
    for (const Stage& stage : pipeline.stages) {
      if (sets.empty()) break;
      sets = std::visit([&](const auto& s) { return apply(s, std::move(sets)); }, stage);
    }
    return sets;
  }

 private:
  std::vector<Spanset> spansets(const SpansetExpr& expr, const Spanset& input) const {
    switch (expr.kind) {
      case SpansetExpr::Kind::pipeline: {
        std::vector<Spanset> one;
        one.push_back(input);
        return run(*expr.pipeline, std::move(one));
      }
      case SpansetExpr::Kind::filter: {
        Spanset kept;
        for (const std::uint32_t span : input.spans) {
          if (matches(expr.filter.get(), trace_, span)) kept.spans.push_back(span);
        }
        std::vector<Spanset> out;
        if (kept.spans.empty()) return out;
        kept.attributes = input.attributes;
        out.push_back(std::move(kept));
        return out;
      }
      case SpansetExpr::Kind::relation:
        break;
    }
    const std::vector<std::uint32_t> left = all_spans(spansets(*expr.left, input));
    const std::vector<std::uint32_t> right = all_spans(spansets(*expr.right, input));
    Spanset related;
    related.spans = relate(expr.relation, expr.mode, left, right, trace_);
    std::vector<Spanset> out;
    if (related.spans.empty()) return out;
    related.attributes = input.attributes;
    out.push_back(std::move(related));
    return out;
  }

  std::vector<Spanset> apply(const SpansetExprPtr& expr, const std::vector<Spanset>& sets) const {
    std::vector<Spanset> out;
    for (const Spanset& set : sets) {
      for (Spanset& result : spansets(*expr, set)) out.push_back(std::move(result));
    }
    return out;
  }

  std::vector<Spanset> apply(const ScalarFilter& filter, std::vector<Spanset> sets) const {
    std::vector<Spanset> out;
    for (Spanset& set : sets) {
      const Value left = scalar(*filter.left, set);
      const Value right = scalar(*filter.right, set);
      if (left.is_nil() || right.is_nil() || !compare(filter.op, left, right)) continue;
      // A comparison of whole pipelines gives the spans that they looked at.
      std::vector<std::uint32_t> looked_at;
      const bool by_left = pipeline_spans(*filter.left, set, looked_at);
      const bool by_right = pipeline_spans(*filter.right, set, looked_at);
      if (by_left || by_right) set.spans = std::move(looked_at);
      out.push_back(std::move(set));
    }
    return out;
  }

  bool pipeline_spans(const ScalarExpr& expr, const Spanset& set, std::vector<std::uint32_t>& spans) const {
    if (expr.kind == ScalarExpr::Kind::binary) {
      const bool by_left = pipeline_spans(*expr.left, set, spans);
      return pipeline_spans(*expr.right, set, spans) || by_left;
    }
    if (expr.kind != ScalarExpr::Kind::pipeline) return false;
    std::vector<Spanset> one;
    one.push_back(set);
    add_unique(spans, all_spans(run(*expr.pipeline, std::move(one))));
    return true;
  }

  std::vector<Spanset> apply(const GroupBy& group, const std::vector<Spanset>& sets) const {
    std::vector<Spanset> out;
    for (const Spanset& set : sets) {
      std::map<std::string, std::size_t> places;
      for (const std::uint32_t span : set.spans) {
        const Value value = evaluate(*group.field, trace_, span);
        // Values of different types stay apart even if they read alike.
        const std::string key = fmt::format("{}:{}", static_cast<int>(value.type), value_text(value));
        const auto [place, fresh] = places.emplace(key, out.size());
        if (fresh) {
          Spanset& made = out.emplace_back();
          made.attributes = set.attributes;
          made.attributes.emplace_back("by(" + to_string(*group.field) + ")", to_attribute(value));
        }
        out[place->second].spans.push_back(span);
      }
    }
    return out;
  }

  std::vector<Spanset> apply(const Coalesce&, const std::vector<Spanset>& sets) const {
    std::vector<Spanset> out(1);
    out[0].spans = all_spans(sets);
    return out;
  }

  std::vector<Spanset> apply(const Select&, std::vector<Spanset> sets) const { return sets; }

  // The number itself has nobody to read it here; a pipeline that ends so is asked by scalar().
  std::vector<Spanset> apply(const BareAggregate&, std::vector<Spanset> sets) const { return sets; }

  Value scalar(const ScalarExpr& expr, Spanset& set) const {
    switch (expr.kind) {
      case ScalarExpr::Kind::literal:
        return expr.value;
      case ScalarExpr::Kind::binary:
        return calculate(expr.op, scalar(*expr.left, set), scalar(*expr.right, set));
      case ScalarExpr::Kind::aggregate: {
        const Value value = aggregate(expr, set.spans);
        if (!value.is_nil()) set.attributes.emplace_back(to_string(expr), to_attribute(value));
        return value;
      }
      case ScalarExpr::Kind::pipeline:
        break;
    }
    std::vector<Spanset> one;
    one.push_back(set);
    std::vector<Spanset> results = run(*expr.pipeline, std::move(one));
    if (results.empty()) return {};
    return scalar(*std::get<BareAggregate>(expr.pipeline->stages.back()).scalar, results.front());
  }

  Value aggregate(const ScalarExpr& expr, const std::vector<std::uint32_t>& spans) const {
    if (expr.aggregate == Aggregate::count) return integer_value(static_cast<std::int64_t>(spans.size()));
    Value total;
    std::int64_t count = 0;
    for (const std::uint32_t span : spans) {
      const Value value = evaluate(*expr.field, trace_, span);
      if (!value.is_numeric()) continue;
      ++count;
      if (total.is_nil()) {
        total = value;
        continue;
      }
      switch (expr.aggregate) {
        case Aggregate::max:
          if (compare(Op::greater, value, total)) total = value;
          break;
        case Aggregate::min:
          if (compare(Op::less, value, total)) total = value;
          break;
        default:
          total = calculate(Op::add, total, value);
      }
    }
    if (expr.aggregate != Aggregate::avg || total.is_nil()) return total;
    if (total.type == ValueType::duration) return duration_value(total.number / count);
    return real_value(total.as_double() / static_cast<double>(count));
  }

  const TraceView& trace_;
};

}  // namespace

Value evaluate(const FieldExpr& expr, const TraceView& trace, std::uint32_t span) {
  switch (expr.kind) {
    case FieldExpr::Kind::literal:
      return expr.value;
    case FieldExpr::Kind::field:
      return trace.value(span, expr.field, expr.slot);
    case FieldExpr::Kind::binary:
      return evaluate_binary(expr, trace, span);
    case FieldExpr::Kind::unary:
      break;
  }
  const Value inner = evaluate(*expr.left, trace, span);
  if (expr.op == Op::logical_not) {
    return inner.type == ValueType::boolean ? boolean_value(inner.number == 0) : Value{};
  }
  if (!inner.is_numeric()) return {};
  const Value zero = inner.type == ValueType::duration ? duration_value(0) : integer_value(0);
  return calculate(Op::subtract, zero, inner);
}

bool matches(const FieldExpr* filter, const TraceView& trace, std::uint32_t span) {
  return filter == nullptr || evaluate(*filter, trace, span).is_true();
}

std::vector<Spanset> evaluate(const Pipeline& pipeline, const TraceView& trace) {
  std::vector<Spanset> all(1);
  for (std::uint32_t i = 0; i < trace.size(); ++i) all[0].spans.push_back(i);
  return Evaluator(trace).run(pipeline, std::move(all));
}

}  // namespace aloft::telemetry::traces::traceql
