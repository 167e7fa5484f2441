// The table of PromQL's functions. Source: Prometheus 3 documentation, querying/functions.
#include "telemetry/promql/functions.h"

#include <algorithm>
#include <array>

namespace aloft::telemetry::promql {
namespace {

constexpr auto v = ValueType::vector;
constexpr auto s = ValueType::scalar;
constexpr auto m = ValueType::matrix;
constexpr auto t = ValueType::string;

constexpr std::array<ValueType, 1> takes_m{m};
constexpr std::array<ValueType, 2> takes_ms{m, s};
constexpr std::array<ValueType, 3> takes_mss{m, s, s};
constexpr std::array<ValueType, 1> takes_s{s};
constexpr std::array<ValueType, 2> takes_sm{s, m};
constexpr std::array<ValueType, 2> takes_ss{s, s};
constexpr std::array<ValueType, 3> takes_ssv{s, s, v};
constexpr std::array<ValueType, 2> takes_sv{s, v};
constexpr std::array<ValueType, 1> takes_v{v};
constexpr std::array<ValueType, 2> takes_vs{v, s};
constexpr std::array<ValueType, 3> takes_vss{v, s, s};
constexpr std::array<ValueType, 2> takes_vt{v, t};
constexpr std::array<ValueType, 4> takes_vtss{v, t, s, s};
constexpr std::array<ValueType, 4> takes_vttt{v, t, t, t};
constexpr std::array<ValueType, 5> takes_vtttt{v, t, t, t, t};
constexpr std::array<ValueType, 2> takes_vv{v, v};
constexpr std::span<const ValueType> takes_none;

// Sorted by name.
constexpr Function table[] = {
    {"abs", FunctionId::abs, takes_v, 0, v, false},
    {"absent", FunctionId::absent, takes_v, 0, v, false},
    {"absent_over_time", FunctionId::absent_over_time, takes_m, 0, v, false},
    {"acos", FunctionId::acos, takes_v, 0, v, false},
    {"acosh", FunctionId::acosh, takes_v, 0, v, false},
    {"asin", FunctionId::asin, takes_v, 0, v, false},
    {"asinh", FunctionId::asinh, takes_v, 0, v, false},
    {"atan", FunctionId::atan, takes_v, 0, v, false},
    {"atanh", FunctionId::atanh, takes_v, 0, v, false},
    {"avg_over_time", FunctionId::avg_over_time, takes_m, 0, v, false},
    {"ceil", FunctionId::ceil, takes_v, 0, v, false},
    {"changes", FunctionId::changes, takes_m, 0, v, false},
    {"clamp", FunctionId::clamp, takes_vss, 0, v, false},
    {"clamp_max", FunctionId::clamp_max, takes_vs, 0, v, false},
    {"clamp_min", FunctionId::clamp_min, takes_vs, 0, v, false},
    {"cos", FunctionId::cos, takes_v, 0, v, false},
    {"cosh", FunctionId::cosh, takes_v, 0, v, false},
    {"count_over_time", FunctionId::count_over_time, takes_m, 0, v, false},
    {"day_of_month", FunctionId::day_of_month, takes_v, 1, v, false},
    {"day_of_week", FunctionId::day_of_week, takes_v, 1, v, false},
    {"day_of_year", FunctionId::day_of_year, takes_v, 1, v, false},
    {"days_in_month", FunctionId::days_in_month, takes_v, 1, v, false},
    {"deg", FunctionId::deg, takes_v, 0, v, false},
    {"delta", FunctionId::delta, takes_m, 0, v, false},
    {"deriv", FunctionId::deriv, takes_m, 0, v, false},
    {"double_exponential_smoothing", FunctionId::double_exponential_smoothing, takes_mss, 0, v, true},
    {"end", FunctionId::end, takes_none, 0, s, true},
    {"exp", FunctionId::exp, takes_v, 0, v, false},
    {"first_over_time", FunctionId::first_over_time, takes_m, 0, v, false},
    {"floor", FunctionId::floor, takes_v, 0, v, false},
    {"histogram_avg", FunctionId::histogram_avg, takes_v, 0, v, false},
    {"histogram_count", FunctionId::histogram_count, takes_v, 0, v, false},
    {"histogram_fraction", FunctionId::histogram_fraction, takes_ssv, 0, v, false},
    {"histogram_quantile", FunctionId::histogram_quantile, takes_sv, 0, v, false},
    {"histogram_quantiles", FunctionId::histogram_quantiles, takes_vtss, 9, v, true},
    {"histogram_stddev", FunctionId::histogram_stddev, takes_v, 0, v, false},
    {"histogram_stdvar", FunctionId::histogram_stdvar, takes_v, 0, v, false},
    {"histogram_sum", FunctionId::histogram_sum, takes_v, 0, v, false},
    {"holt_winters", FunctionId::double_exponential_smoothing, takes_mss, 0, v, true},
    {"hour", FunctionId::hour, takes_v, 1, v, false},
    {"idelta", FunctionId::idelta, takes_m, 0, v, false},
    {"increase", FunctionId::increase, takes_m, 0, v, false},
    {"info", FunctionId::info, takes_vv, 1, v, true},
    {"irate", FunctionId::irate, takes_m, 0, v, false},
    {"label_join", FunctionId::label_join, takes_vttt, -1, v, false},
    {"label_replace", FunctionId::label_replace, takes_vtttt, 0, v, false},
    {"last_over_time", FunctionId::last_over_time, takes_m, 0, v, false},
    {"ln", FunctionId::ln, takes_v, 0, v, false},
    {"log10", FunctionId::log10, takes_v, 0, v, false},
    {"log2", FunctionId::log2, takes_v, 0, v, false},
    {"mad_over_time", FunctionId::mad_over_time, takes_m, 0, v, true},
    {"max_of", FunctionId::max_of, takes_ss, 0, s, true},
    {"max_over_time", FunctionId::max_over_time, takes_m, 0, v, false},
    {"min_of", FunctionId::min_of, takes_ss, 0, s, true},
    {"min_over_time", FunctionId::min_over_time, takes_m, 0, v, false},
    {"minute", FunctionId::minute, takes_v, 1, v, false},
    {"month", FunctionId::month, takes_v, 1, v, false},
    {"pi", FunctionId::pi, takes_none, 0, s, false},
    {"predict_linear", FunctionId::predict_linear, takes_ms, 0, v, false},
    {"present_over_time", FunctionId::present_over_time, takes_m, 0, v, false},
    {"quantile_over_time", FunctionId::quantile_over_time, takes_sm, 0, v, false},
    {"rad", FunctionId::rad, takes_v, 0, v, false},
    {"range", FunctionId::range, takes_none, 0, s, true},
    {"rate", FunctionId::rate, takes_m, 0, v, false},
    {"resets", FunctionId::resets, takes_m, 0, v, false},
    {"round", FunctionId::round, takes_vs, 1, v, false},
    {"scalar", FunctionId::scalar, takes_v, 0, s, false},
    {"sgn", FunctionId::sgn, takes_v, 0, v, false},
    {"sin", FunctionId::sin, takes_v, 0, v, false},
    {"sinh", FunctionId::sinh, takes_v, 0, v, false},
    {"sort", FunctionId::sort, takes_v, 0, v, false},
    {"sort_by_label", FunctionId::sort_by_label, takes_vt, -1, v, true},
    {"sort_by_label_desc", FunctionId::sort_by_label_desc, takes_vt, -1, v, true},
    {"sort_desc", FunctionId::sort_desc, takes_v, 0, v, false},
    {"sqrt", FunctionId::sqrt, takes_v, 0, v, false},
    {"start", FunctionId::start, takes_none, 0, s, true},
    {"start_timestamp", FunctionId::start_timestamp, takes_v, 0, v, true},
    {"stddev_over_time", FunctionId::stddev_over_time, takes_m, 0, v, false},
    {"stdvar_over_time", FunctionId::stdvar_over_time, takes_m, 0, v, false},
    {"step", FunctionId::step, takes_none, 0, s, true},
    {"sum_over_time", FunctionId::sum_over_time, takes_m, 0, v, false},
    {"tan", FunctionId::tan, takes_v, 0, v, false},
    {"tanh", FunctionId::tanh, takes_v, 0, v, false},
    {"time", FunctionId::time, takes_none, 0, s, false},
    {"timestamp", FunctionId::timestamp, takes_v, 0, v, false},
    {"ts_of_first_over_time", FunctionId::ts_of_first_over_time, takes_m, 0, v, true},
    {"ts_of_last_over_time", FunctionId::ts_of_last_over_time, takes_m, 0, v, true},
    {"ts_of_max_over_time", FunctionId::ts_of_max_over_time, takes_m, 0, v, true},
    {"ts_of_min_over_time", FunctionId::ts_of_min_over_time, takes_m, 0, v, true},
    {"vector", FunctionId::vector, takes_s, 0, v, false},
    {"year", FunctionId::year, takes_v, 1, v, false},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found = std::lower_bound(std::begin(table), std::end(table), name,
                                       [](const Function& f, std::string_view n) { return f.name < n; });
  return found != std::end(table) && found->name == name ? found : nullptr;
}

std::span<const Function> all_functions() { return table; }

bool depends_on_time(FunctionId id) {
  switch (id) {
    case FunctionId::days_in_month:
    case FunctionId::day_of_month:
    case FunctionId::day_of_week:
    case FunctionId::day_of_year:
    case FunctionId::end:
    case FunctionId::hour:
    case FunctionId::minute:
    case FunctionId::month:
    case FunctionId::year:
    case FunctionId::predict_linear:
    case FunctionId::range:
    case FunctionId::start:
    case FunctionId::step:
    case FunctionId::time:
    case FunctionId::timestamp:
      return true;
    default:
      return false;
  }
}

}  // namespace aloft::telemetry::promql
