// Dispatches the nodes of an expression.
#include "telemetry/promql/eval/evaluator.h"

#include "base/ensure.h"
#include "telemetry/promql/histogram/arithmetic.h"

namespace aloft::telemetry::promql {
namespace {

// Repeats the only step of a row.
void repeat(const Grid& once, std::size_t row, std::size_t steps, Grid& grid) {
  const HistogramPtr* histogram = once.histogram_row(row);
  for (std::size_t step = 0; step < steps; ++step) {
    if (histogram != nullptr && *histogram)
      grid.set(row, step, *histogram);
    else
      grid.set(row, step, once.row(row)[0]);
  }
}

}  // namespace

Result<Grid> Evaluator::eval(const Expr& expr) {
  TRY_DO(query_.check_running());
  if (count() == 0) return make_grid(0);
  return eval_node(expr);
}

Result<Grid> Evaluator::eval_node(const Expr& expr) {
  switch (expr.kind) {
    case NodeKind::number:
      return constant_grid(query_, count(), as<NumberLiteral>(expr).value);
    case NodeKind::vector_selector:
      return selector_grid(as<VectorSelector>(expr), Wanted::sample);
    case NodeKind::call:
      return eval_call(as<Call>(expr));
    case NodeKind::aggregate:
      return eval_aggregate(as<Aggregate>(expr));
    case NodeKind::binary:
      return eval_binary(as<Binary>(expr));
    case NodeKind::unary:
      return eval_unary(as<Unary>(expr));
    case NodeKind::paren:
      return eval(*as<Paren>(expr).expr);
    case NodeKind::step_invariant:
      return eval_step_invariant(as<StepInvariant>(expr));
    default:
      ensure(false, "only instant vectors and scalars are evaluated step by step");
      return make_grid(0);
  }
}

Result<Grid> Evaluator::selector_grid(const VectorSelector& node, Wanted wanted) {
  Grid grid = make_grid(count());
  bool unique = false;
  TRY_DO(stream_selector(node, wanted, [&](Grid&& part) -> Result<> {
    unique = part.unique_without_name;
    return grid.append(query_, std::move(part));
  }));
  grid.unique_without_name = unique;
  return grid;
}

Result<> Evaluator::stream(const Expr& expr, const GridConsumer& consumer) {
  TRY_DO(query_.check_running());
  if (count() == 0) return {};
  if (expr.kind == NodeKind::vector_selector)
    return stream_selector(as<VectorSelector>(expr), Wanted::sample, consumer);
  if (is_range_function(expr)) return stream_range_function(as<Call>(expr), consumer);
  TRY(grid, eval_node(expr));
  return consumer(std::move(grid));
}

Result<Grid> Evaluator::eval_unary(const Unary& node) {
  TRY(grid, eval(*node.expr));
  if (!node.negative) return grid;
  for (double& value : grid.values)
    if (!is_absent(value)) value = -value;
  for (HistogramPtr& histogram : grid.histograms) {
    if (!histogram) continue;
    NativeHistogram negative = *histogram;
    multiply(negative, -1);
    histogram = std::make_shared<const NativeHistogram>(std::move(negative));
  }
  // A histogram's place in the values is zero, which must stay without a sign.
  for (std::size_t i = 0; i < grid.histograms.size(); ++i)
    if (grid.histograms[i]) grid.values[i] = 0;
  drop_names(query_, grid);
  if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

Result<Grid> Evaluator::eval_step_invariant(const StepInvariant& node) {
  Evaluator inner(query_, {steps_.start, steps_.start, steps_.interval}, function_);
  inner.stats_around_ = stats_around_;
  inner.buckets_around_ = buckets_around_;
  const std::uint64_t loaded = query_.samples_loaded.load();
  TRY(once, inner.eval(*node.expr));
  if (count() == 1) return once;
  // What is repeated counts as if it had been evaluated for every step.
  query_.samples_loaded += (query_.samples_loaded.load() - loaded) * (count() - 1);
  Grid grid = make_grid(count());
  grid.unique_without_name = once.unique_without_name;
  for (std::size_t r = 0; r < once.rows(); ++r) {
    TRY(row, grid.add_row(query_, once.labels[r], once.drop_name[r] != 0));
    repeat(once, row, count(), grid);
  }
  return grid;
}

Result<std::vector<Series>> Evaluator::eval_matrix(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == NodeKind::paren || inner->kind == NodeKind::step_invariant)
    inner =
        inner->kind == NodeKind::paren ? as<Paren>(*inner).expr.get() : as<StepInvariant>(*inner).expr.get();
  if (inner->kind == NodeKind::matrix_selector) return raw_range(as<MatrixSelector>(*inner));
  Steps steps;
  TRY(grid, eval_subquery(as<Subquery>(*inner), steps));
  if (query_.options.delayed_name_removal) {
    for (std::size_t r = 0; r < grid.rows(); ++r)
      if (grid.drop_name[r] != 0) grid.labels[r] = without_metadata(query_, grid.labels[r]);
    TRY_DO(merge_same_labels(query_, grid));
  }
  std::vector<Series> out;
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    Series series;
    series.labels = Labels(grid.labels[r]);
    for (std::size_t step = 0; step < grid.steps; ++step) {
      if (!grid.has(r, step)) continue;
      const HistogramPtr* histograms = grid.histogram_row(r);
      series.points.push_back(
          {steps.at(step), grid.row(r)[step], histograms == nullptr ? nullptr : histograms[step]});
    }
    if (!series.points.empty()) out.push_back(std::move(series));
  }
  return out;
}

const std::string& string_argument(const Call& call, std::size_t index) {
  return as<StringLiteral>(unwrap(*call.args[index])).value;
}

}  // namespace aloft::telemetry::promql
