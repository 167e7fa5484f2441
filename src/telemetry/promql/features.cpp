// What the query language can do.
#include "telemetry/promql/features.h"

#include "telemetry/promql/functions.h"

namespace aloft::telemetry::promql {

std::map<std::string, std::map<std::string, bool>> query_features() {
  std::map<std::string, std::map<std::string, bool>> out;
  out["promql"] = {
      {"delayed_name_removal", false}, {"per_step_stats", false}, {"type_and_unit_labels", false}};
  for (const char* name : {"anchored", "at_modifier", "bool", "by", "duration_expr", "fill", "fill_left",
                           "fill_right", "group_left", "group_right", "ignoring", "negative_offset", "offset",
                           "on", "per_query_lookback_delta", "smoothed", "subqueries", "without"})
    out["promql"][name] = true;
  for (const Function& function : all_functions())
    out["promql_functions"].emplace(std::string(function.name), true);
  auto& operators = out["promql_operators"];
  for (auto op = static_cast<int>(BinaryOp::add); op <= static_cast<int>(BinaryOp::trim_lower); ++op)
    operators[std::string(to_string(static_cast<BinaryOp>(op)))] = true;
  for (auto op = static_cast<int>(AggregateOp::sum); op <= static_cast<int>(AggregateOp::limit_ratio); ++op)
    operators[std::string(to_string(static_cast<AggregateOp>(op)))] = true;
  for (const char* op : {"=~", "!~", "@"}) operators[op] = true;
  return out;
}

}  // namespace aloft::telemetry::promql
