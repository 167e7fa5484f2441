// Evaluates functions over instant vectors and scalars.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/eval/natural_order.h"
#include "telemetry/promql/numbers.h"

namespace aloft::telemetry::promql {
namespace {

double sign(double v) { return v < 0 ? -1 : v > 0 ? 1 : v; }
double to_radians(double v) { return v * std::numbers::pi / 180; }
double to_degrees(double v) { return v * 180 / std::numbers::pi; }

using Map = double (*)(double);

Map map_function(FunctionId id) {
  switch (id) {
    case FunctionId::abs:
      return std::fabs;
    case FunctionId::ceil:
      return std::ceil;
    case FunctionId::floor:
      return std::floor;
    case FunctionId::exp:
      return std::exp;
    case FunctionId::sqrt:
      return std::sqrt;
    case FunctionId::ln:
      return std::log;
    case FunctionId::log2:
      return std::log2;
    case FunctionId::log10:
      return std::log10;
    case FunctionId::sin:
      return std::sin;
    case FunctionId::cos:
      return std::cos;
    case FunctionId::tan:
      return std::tan;
    case FunctionId::asin:
      return std::asin;
    case FunctionId::acos:
      return std::acos;
    case FunctionId::atan:
      return std::atan;
    case FunctionId::sinh:
      return std::sinh;
    case FunctionId::cosh:
      return std::cosh;
    case FunctionId::tanh:
      return std::tanh;
    case FunctionId::asinh:
      return std::asinh;
    case FunctionId::acosh:
      return std::acosh;
    case FunctionId::atanh:
      return std::atanh;
    case FunctionId::rad:
      return to_radians;
    case FunctionId::deg:
      return to_degrees;
    case FunctionId::sgn:
      return sign;
    default:
      return nullptr;
  }
}

// Go's Max and Min: the infinity at the end wins, then NaN; 0 is larger than -0.
double go_max(double a, double b) {
  if (a == infinity || b == infinity) return infinity;
  if (std::isnan(a) || std::isnan(b)) return quiet_nan;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
double go_min(double a, double b) { return -go_max(-a, -b); }

bool is_date(FunctionId id) {
  switch (id) {
    case FunctionId::days_in_month:
    case FunctionId::day_of_month:
    case FunctionId::day_of_week:
    case FunctionId::day_of_year:
    case FunctionId::hour:
    case FunctionId::minute:
    case FunctionId::month:
    case FunctionId::year:
      return true;
    default:
      return false;
  }
}

double date_part(FunctionId id, double unix_seconds) {
  using namespace std::chrono;
  // Beyond what a calendar reaches Go wraps around; there is no right answer.
  if (std::isnan(unix_seconds)) unix_seconds = -9.2e18;
  const double bounded = std::clamp(unix_seconds, -1.0e12, 1.0e12);
  const sys_seconds time{seconds(static_cast<std::int64_t>(bounded))};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  switch (id) {
    case FunctionId::days_in_month:
      return static_cast<double>(static_cast<unsigned>((date.year() / date.month() / last).day()));
    case FunctionId::day_of_month:
      return static_cast<double>(static_cast<unsigned>(date.day()));
    case FunctionId::day_of_week:
      return static_cast<double>(weekday(day).c_encoding());
    case FunctionId::day_of_year:
      return static_cast<double>((day - sys_days(date.year() / January / 1)).count() + 1);
    case FunctionId::hour:
      return static_cast<double>(clock.hours().count());
    case FunctionId::minute:
      return static_cast<double>(clock.minutes().count());
    case FunctionId::month:
      return static_cast<double>(static_cast<unsigned>(date.month()));
    default:
      return static_cast<double>(static_cast<int>(date.year()));
  }
}

// Applies to the floats of a row; histograms go.
template <class F>
void map_row(Grid& grid, std::size_t r, F function) {
  double* row = grid.row(r);
  const HistogramPtr* histograms = grid.histogram_row(r);
  for (std::size_t s = 0; s < grid.steps; ++s) {
    if (is_absent(row[s])) continue;
    row[s] = histograms != nullptr && histograms[s] ? absent() : function(row[s], s);
  }
}

template <class F>
void map_grid(Grid& grid, F function) {
  for (std::size_t r = 0; r < grid.rows(); ++r) map_row(grid, r, function);
  const bool histograms = !grid.histograms.empty();
  grid.histograms.clear();
  if (histograms) grid.remove_empty_rows();
}

}  // namespace

LabelsView absent_labels(QueryContext& query, const Expr& expr) {
  const Expr* inner = &expr;
  if (inner->kind == NodeKind::step_invariant) inner = as<StepInvariant>(*inner).expr.get();
  if (inner->kind == NodeKind::matrix_selector) inner = as<MatrixSelector>(*inner).selector.get();
  if (inner->kind != NodeKind::vector_selector) return {};
  LabelsBuilder builder;
  std::vector<std::string_view> seen;
  for (const Matcher& matcher : as<VectorSelector>(*inner).matchers) {
    if (matcher.name() == metric_name_label) continue;
    const bool again = std::find(seen.begin(), seen.end(), matcher.name()) != seen.end();
    if (matcher.type() == MatchType::equal && !again) {
      builder.set(matcher.name(), matcher.value());
      seen.push_back(matcher.name());
    } else {
      builder.remove(matcher.name());
    }
  }
  return query.labels.keep(builder.build());
}

Result<Grid> Evaluator::eval_map(const Call& call) {
  TRY(grid, eval(*call.args[0]));
  std::vector<Grid> scalars;
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    TRY(scalar, eval(*call.args[i]));
    scalars.push_back(std::move(scalar));
  }
  const auto scalar = [&](std::size_t i, std::size_t s) { return scalars[i].values[s]; };
  switch (call.function->id) {
    case FunctionId::clamp:
      map_grid(grid, [&](double v, std::size_t s) {
        const double low = scalar(0, s);
        const double high = scalar(1, s);
        return high < low ? absent() : go_max(low, go_min(high, v));
      });
      grid.remove_empty_rows();
      break;
    case FunctionId::clamp_max:
      map_grid(grid, [&](double v, std::size_t s) { return go_max(-infinity, go_min(scalar(0, s), v)); });
      break;
    case FunctionId::clamp_min:
      map_grid(grid, [&](double v, std::size_t s) { return go_max(scalar(0, s), go_min(infinity, v)); });
      break;
    case FunctionId::round:
      map_grid(grid, [&](double v, std::size_t s) {
        // Dividing by the inverse is exact for decimal fractions more often than multiplying.
        const double inverse = 1.0 / (scalars.empty() ? 1.0 : scalar(0, s));
        return std::floor(v * inverse + 0.5) / inverse;
      });
      break;
    default: {
      const Map function = map_function(call.function->id);
      map_grid(grid, [function](double v, std::size_t) { return function(v); });
    }
  }
  drop_names(query_, grid);
  if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

Result<Grid> Evaluator::eval_date(const Call& call) {
  const FunctionId id = call.function->id;
  if (call.args.empty()) {
    TRY(grid, constant_grid(query_, count(), 0));
    for (std::size_t s = 0; s < count(); ++s) {
      const Millis whole_seconds = steps_.at(s) / 1000;
      grid.values[s] = date_part(id, static_cast<double>(whole_seconds));
    }
    return grid;
  }
  TRY(grid, eval(*call.args[0]));
  map_grid(grid, [id](double v, std::size_t) { return date_part(id, v); });
  drop_names(query_, grid);
  if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

Result<Grid> Evaluator::eval_absent(const Call& call) {
  TRY(input, eval(*call.args[0]));
  Grid grid = make_grid(count());
  grid.unique_without_name = true;
  TRY(row, grid.add_row(query_, absent_labels(query_, *call.args[0]), false));
  for (std::size_t s = 0; s < count(); ++s) {
    bool any = false;
    for (std::size_t r = 0; r < input.rows() && !any; ++r) any = input.has(r, s);
    if (!any) grid.set(row, s, 1);
  }
  grid.remove_empty_rows();
  return grid;
}

Result<Grid> Evaluator::eval_scalar(const Call& call) {
  TRY(input, eval(*call.args[0]));
  TRY(grid, constant_grid(query_, count(), quiet_nan));
  for (std::size_t s = 0; s < count(); ++s) {
    std::size_t floats = 0;
    for (std::size_t r = 0; r < input.rows() && floats < 2; ++r) {
      if (!input.has(r, s) || input.histogram(r, s) != nullptr) continue;
      grid.values[s] = input.row(r)[s];
      ++floats;
    }
    if (floats != 1) grid.values[s] = quiet_nan;
  }
  return grid;
}

Result<Grid> Evaluator::eval_timestamp(const Call& call) {
  const Expr* arg = call.args[0].get();
  if (arg->kind == NodeKind::step_invariant) arg = as<StepInvariant>(*arg).expr.get();
  Grid grid = make_grid(count());
  if (arg->kind == NodeKind::vector_selector) {
    TRY(times, selector_grid(as<VectorSelector>(*arg), Wanted::time));
    grid = std::move(times);
  } else {
    TRY(input, eval(*call.args[0]));
    grid = std::move(input);
    for (std::size_t r = 0; r < grid.rows(); ++r)
      for (std::size_t s = 0; s < count(); ++s)
        if (grid.has(r, s)) grid.set(r, s, static_cast<double>(steps_.at(s)) / 1000);
  }
  grid.histograms.clear();
  drop_names(query_, grid);
  if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

// Only selectors know when their samples began to count.
Result<Grid> Evaluator::eval_start_timestamp(const Call& call) {
  const Expr* arg = call.args[0].get();
  if (arg->kind == NodeKind::step_invariant) arg = as<StepInvariant>(*arg).expr.get();
  if (arg->kind != NodeKind::vector_selector || !query_.options.use_start_timestamps)
    return make_grid(count());
  TRY(grid, selector_grid(as<VectorSelector>(*arg), Wanted::start_time));
  drop_names(query_, grid);
  if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

Result<Grid> Evaluator::eval_sort(const Call& call) {
  TRY(grid, eval(*call.args[0]));
  const FunctionId id = call.function->id;
  const bool by_value = id == FunctionId::sort || id == FunctionId::sort_desc;
  if (!steps_.single())
    query_.notes.warn("sort is ineffective for range queries since results are always ordered by labels",
                      call.span);
  if (by_value) map_grid(grid, [](double v, std::size_t) { return v; });
  if (!steps_.single()) return grid;
  std::vector<std::size_t> order(grid.rows());
  for (std::size_t r = 0; r < order.size(); ++r) order[r] = r;
  const bool descending = id == FunctionId::sort_desc || id == FunctionId::sort_by_label_desc;
  if (by_value) {
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const double left = grid.values[a];
      const double right = grid.values[b];
      const bool left_nan = std::isnan(left);
      if (left_nan || std::isnan(right)) return left_nan == std::isnan(right) ? a < b : !left_nan;
      if (left == right) return a < b;
      return descending ? left > right : left < right;
    });
  } else {
    std::vector<std::string> names;
    for (std::size_t i = 1; i < call.args.size(); ++i) names.push_back(string_argument(call, i));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (descending) std::swap(a, b);
      for (const std::string& name : names) {
        const std::string_view left = grid.labels[a].get(name);
        const std::string_view right = grid.labels[b].get(name);
        if (left != right) return natural_less(left, right);
      }
      return grid.labels[a] < grid.labels[b];
    });
  }
  grid.select_rows(order);
  return grid;
}

Result<Grid> Evaluator::eval_call(const Call& call) {
  const FunctionId id = call.function->id;
  const std::string_view outer = std::exchange(function_, call.function->name);
  auto result = [&]() -> Result<Grid> {
    if (window_function(id) != nullptr) return eval_range_function(call);
    if (is_date(id)) return eval_date(call);
    switch (id) {
      case FunctionId::pi:
        return constant_grid(query_, count(), std::numbers::pi);
      case FunctionId::time: {
        TRY(grid, constant_grid(query_, count(), 0));
        for (std::size_t s = 0; s < count(); ++s) grid.values[s] = static_cast<double>(steps_.at(s)) / 1000;
        return grid;
      }
      case FunctionId::max_of:
      case FunctionId::min_of: {
        TRY(left, eval(*call.args[0]));
        TRY(right, eval(*call.args[1]));
        for (std::size_t s = 0; s < count(); ++s)
          left.values[s] = id == FunctionId::max_of ? go_max(left.values[s], right.values[s])
                                                    : go_min(left.values[s], right.values[s]);
        return left;
      }
      case FunctionId::vector:
        return eval(*call.args[0]);
      case FunctionId::scalar:
        return eval_scalar(call);
      case FunctionId::absent:
        return eval_absent(call);
      case FunctionId::timestamp:
        return eval_timestamp(call);
      case FunctionId::start_timestamp:
        return eval_start_timestamp(call);
      case FunctionId::sort:
      case FunctionId::sort_desc:
      case FunctionId::sort_by_label:
      case FunctionId::sort_by_label_desc:
        return eval_sort(call);
      case FunctionId::label_replace:
        return eval_label_replace(call);
      case FunctionId::label_join:
        return eval_label_join(call);
      case FunctionId::info:
        return eval_info(call);
      case FunctionId::histogram_count:
      case FunctionId::histogram_sum:
      case FunctionId::histogram_avg:
      case FunctionId::histogram_stddev:
      case FunctionId::histogram_stdvar:
        return eval_histogram_stat(call);
      case FunctionId::histogram_quantile:
      case FunctionId::histogram_quantiles:
      case FunctionId::histogram_fraction:
        return eval_histogram_quantile(call);
      default:
        return eval_map(call);
    }
  }();
  function_ = outer;
  return result;
}

}  // namespace aloft::telemetry::promql
