// Evaluates aggregations.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "telemetry/core/durations.h"
#include "telemetry/promql/eval/accumulator.h"
#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/eval/grouping.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

bool picks_series(AggregateOp op) {
  return op == AggregateOp::topk || op == AggregateOp::bottomk || op == AggregateOp::limitk ||
         op == AggregateOp::limit_ratio;
}

void check_quantile(const std::vector<double>& q, const Aggregate& node, Annotations& notes) {
  const auto warn = [&](double value) {
    notes.warn("quantile value should be between 0 and 1, got " + format_g(value), node.param->span);
  };
  if (std::any_of(q.begin(), q.end(), [](double value) { return std::isnan(value); }))
    warn(std::numeric_limits<double>::quiet_NaN());
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const double value : q) {
    lowest = std::fmin(lowest, value);
    highest = std::fmax(highest, value);
  }
  if (highest > 1) warn(highest);
  if (lowest < 0) warn(lowest);
}

}  // namespace

Result<std::vector<double>> Evaluator::aggregate_param(const Aggregate& node) {
  if (!node.param) return std::vector<double>();
  TRY(grid, eval(*node.param));
  return std::move(grid.values);
}

Result<Grid> Evaluator::eval_aggregate(const Aggregate& node) {
  const std::string_view outer = std::exchange(function_, to_string(node.op));
  auto result = [&]() -> Result<Grid> {
    if (node.op == AggregateOp::count_values) return eval_count_values(node);
    if (picks_series(node.op)) return eval_k(node);
    TRY(param, aggregate_param(node));
    if (node.op == AggregateOp::quantile) check_quantile(param, node, query_.notes);
    auto accumulator = make_accumulator(node.op, count(), std::move(param), node.expr->span, query_.notes);
    Grouping grouping(query_, node.grouping, node.without);
    std::vector<std::uint8_t> drop;
    Reservation reserved;
    const bool eager = !query_.options.delayed_name_removal;
    const auto add_block = [&](Grid&& block) -> Result<> {
      if (node.op == AggregateOp::quantile) TRY_DO(reserved.grow(query_.budget, block.values.size()));
      for (std::size_t r = 0; r < block.rows(); ++r) {
        const bool dropped = block.drop_name[r] != 0;
        const std::size_t group = grouping.group_of(block.labels[r], eager && dropped);
        if (group == drop.size()) {
          TRY_DO(reserved.grow(query_.budget, count()));
          accumulator->add_group();
          drop.push_back(0);
        }
        if (dropped && !eager) drop[group] = 1;
        accumulator->add_row(group, block.row(r), block.histogram_row(r),
                             eager && dropped ? std::string_view() : block.labels[r].metric_name());
      }
      return {};
    };
    TRY_DO(stream(*node.expr, add_block));
    Grid grid = make_grid(count());
    for (std::size_t g = 0; g < grouping.size(); ++g) {
      TRY(row, grid.add_row(query_, grouping.labels(g), drop[g] != 0));
      accumulator->finish(g, grid, row);
    }
    grid.remove_empty_rows();
    grid.unique_without_name = node.without || std::find(node.grouping.begin(), node.grouping.end(),
                                                         metric_name_label) == node.grouping.end();
    return grid;
  }();
  function_ = outer;
  return result;
}

Result<Grid> Evaluator::eval_count_values(const Aggregate& node) {
  const std::string& label = as<StringLiteral>(unwrap(*node.param)).value;
  if (label.empty() || !is_utf8(label)) return fail(Code::invalid, "invalid label name " + quote(label));
  TRY(input, eval(*node.expr));
  std::vector<std::string> names = node.grouping;
  if (!node.without) names.push_back(label);
  Grouping grouping(query_, names, node.without);
  Grid grid = make_grid(count());
  LabelsBuilder builder;
  for (std::size_t r = 0; r < input.rows(); ++r) {
    if (r % 256 == 0) TRY_DO(query_.check_running());
    // Neighbouring steps mostly have the same value, and so the same group.
    double last_value = absent();
    std::size_t last_group = 0;
    for (std::size_t s = 0; s < count(); ++s) {
      if (!input.has(r, s)) continue;
      const NativeHistogram* histogram = input.histogram(r, s);
      const double value = input.row(r)[s];
      std::size_t group = last_group;
      if (histogram != nullptr || value != last_value) {
        builder = LabelsBuilder(input.labels[r]);
        builder.set(label, histogram != nullptr ? to_string(*histogram) : format_float(value));
        const Labels labels = builder.build();
        group = grouping.group_of(labels, false);
        if (group == grid.rows()) TRY_DO(grid.add_row(query_, grouping.labels(group), false));
        last_value = histogram != nullptr ? absent() : value;
        last_group = group;
      }
      double& number = grid.values[group * count() + s];
      number = is_absent(number) ? 1 : number + 1;
    }
  }
  grid.unique_without_name = false;
  return grid;
}

}  // namespace aloft::telemetry::promql
