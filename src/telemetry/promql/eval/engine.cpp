// Runs queries: prepares the expression, evaluates it, and makes a value of the result.
#include "telemetry/promql/engine.h"

#include <algorithm>

#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/eval/prepare.h"

namespace aloft::telemetry::promql {
namespace {

QueryResult finish(QueryContext& query, const QueryOptions& options, Value value) {
  QueryResult result;
  result.value = std::move(value);
  query.notes.render(options.text, options.annotation_limit, result.warnings, result.infos);
  result.stats.samples = query.samples_loaded.load();
  result.stats.samples_read = query.samples_read.load();
  result.stats.peak_samples = query.budget.peak();
  result.stats.series = query.series;
  return result;
}

// Names that were to go at the end go.
Result<> remove_names(QueryContext& query, Grid& grid) {
  if (!query.options.delayed_name_removal) return {};
  bool any = false;
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    if (grid.drop_name[r] == 0) continue;
    any = true;
    grid.labels[r] = without_metadata(query, grid.labels[r]);
  }
  if (any) grid.unique_without_name = false;
  return merge_same_labels(query, grid);
}

std::vector<Sample> to_vector(Grid& grid, Millis time) {
  std::vector<Sample> out;
  out.reserve(grid.rows());
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    if (!grid.has(r, 0)) continue;
    const HistogramPtr* histograms = grid.histogram_row(r);
    out.push_back(
        {Labels(grid.labels[r]), time, grid.row(r)[0], histograms == nullptr ? nullptr : histograms[0]});
  }
  return out;
}

void sort_matrix(std::vector<Series>& matrix) {
  std::sort(matrix.begin(), matrix.end(),
            [](const Series& a, const Series& b) { return a.labels < b.labels; });
}

std::vector<Series> to_matrix(const Grid& grid, const Steps& steps) {
  std::vector<Series> out;
  out.reserve(grid.rows());
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    Series series;
    series.labels = Labels(grid.labels[r]);
    const double* row = grid.row(r);
    const HistogramPtr* histograms = grid.histogram_row(r);
    series.points.reserve(grid.steps -
                          static_cast<std::size_t>(std::count_if(row, row + grid.steps, is_absent)));
    for (std::size_t s = 0; s < grid.steps; ++s)
      if (!is_absent(row[s]))
        series.points.push_back({steps.at(s), row[s], histograms == nullptr ? nullptr : histograms[s]});
    if (!series.points.empty()) out.push_back(std::move(series));
  }
  sort_matrix(out);
  return out;
}

// 11000 as 11,000.
std::string with_commas(std::size_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, ",");
  return out;
}

Result<Value> instant_value(QueryContext& query, const Expr& expr, Millis time) {
  Value value;
  value.type = type_of(expr);
  value.time = time;
  const Expr* inner = &unwrap(expr);
  if (inner->kind == NodeKind::step_invariant) inner = &unwrap(*as<StepInvariant>(*inner).expr);
  if (value.type == ValueType::string) {
    value.string = as<StringLiteral>(*inner).value;
    return value;
  }
  Evaluator evaluator(query, {time, time, 1});
  if (value.type == ValueType::matrix) {
    TRY(matrix, evaluator.eval_matrix(expr));
    value.matrix = std::move(matrix);
    sort_matrix(value.matrix);
    return value;
  }
  TRY(grid, evaluator.eval(expr));
  TRY_DO(remove_names(query, grid));
  if (value.type == ValueType::scalar)
    value.scalar = grid.values.at(0);
  else
    value.vector = to_vector(grid, time);
  return value;
}

void set_up(QueryContext& query, const EngineOptions& options, const QueryOptions& given) {
  query.lookback = given.lookback > 0 ? given.lookback : options.lookback;
  query.stop = given.stop;
}

std::uint64_t most_samples(const EngineOptions& options, const QueryOptions& given) {
  return given.max_samples > 0 ? given.max_samples : options.max_samples;
}

}  // namespace

Result<QueryResult> Engine::instant(const metrics::Queryable& storage, const Expr& expr, Millis time,
                                    const QueryOptions& options) const {
  QueryContext query(storage, parallel_, options_, most_samples(options_, options));
  set_up(query, options_, options);
  TRY_DO(query.check_running());
  TRY(ready, prepare(expr, time, time, 0));
  TRY(value, instant_value(query, *ready, time));
  return finish(query, options, std::move(value));
}

Result<QueryResult> Engine::range(const metrics::Queryable& storage, const Expr& expr, Millis start,
                                  Millis end, Millis step, const QueryOptions& options) const {
  const ValueType type = type_of(expr);
  if (type != ValueType::vector && type != ValueType::scalar)
    return fail(
        Code::bad_request,
        fmt::format("invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                    documented_type(type)));
  if (step <= 0)
    return fail(Code::bad_request,
                "zero or negative query resolution step widths are not accepted. Try a positive integer");
  if (end >= start && Steps{start, end, step}.count() > options_.max_points + 1)
    return fail(
        Code::bad_request,
        fmt::format("exceeded maximum resolution of {} points per timeseries. Try decreasing the query "
                    "resolution (?step=XX)",
                    with_commas(options_.max_points)));
  QueryContext query(storage, parallel_, options_, most_samples(options_, options));
  set_up(query, options_, options);
  TRY_DO(query.check_running());
  TRY(ready, prepare(expr, start, end, step));
  const Steps steps{start, end, step};
  Value value;
  value.type = ValueType::matrix;
  Evaluator evaluator(query, steps);
  TRY(grid, evaluator.eval(*ready));
  TRY_DO(remove_names(query, grid));
  TRY_DO(query.check_running());
  value.matrix = to_matrix(grid, steps);
  return finish(query, options, std::move(value));
}

}  // namespace aloft::telemetry::promql
