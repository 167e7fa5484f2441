// Evaluates label_replace and label_join, which look at labels alone.
#include "base/bytes.h"
#include "telemetry/core/regex.h"
#include "telemetry/promql/eval/evaluator.h"

namespace aloft::telemetry::promql {
namespace {

// With a new label the row's name may be one that was set on purpose.
LabelsView with_label(QueryContext& query, Grid& grid, std::size_t row, const std::string& name,
                      std::string_view value) {
  LabelsBuilder builder(grid.labels[row]);
  builder.set(name, value);
  if (name == metric_name_label) grid.drop_name[row] = 0;
  return query.labels.keep(builder.build());
}

bool is_label_name(std::string_view name) { return !name.empty() && is_utf8(name); }

Result<> check_destination(const std::string& name, std::string_view function) {
  if (is_label_name(name)) return {};
  return fail(Code::invalid, fmt::format("invalid destination label name in {}(): {}", function, name));
}

}  // namespace

Result<Grid> Evaluator::eval_label_replace(const Call& call) {
  const std::string& destination = string_argument(call, 1);
  const std::string& replacement = string_argument(call, 2);
  const std::string& source = string_argument(call, 3);
  const std::string& expression = string_argument(call, 4);
  auto regex = Regex::compile(expression, Regex::Anchor::both);
  if (!regex) return fail(Code::invalid, "invalid regular expression in label_replace(): " + expression);
  TRY_DO(check_destination(destination, "label_replace"));
  TRY(grid, eval(*call.args[0]));
  std::vector<std::string_view> groups;
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    if (!(*regex)->find(grid.labels[r].get(source), 0, groups)) continue;
    grid.labels[r] = with_label(query_, grid, r, destination, (*regex)->expand(replacement, groups));
  }
  grid.unique_without_name = false;
  TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

Result<Grid> Evaluator::eval_label_join(const Call& call) {
  const std::string& destination = string_argument(call, 1);
  const std::string& separator = string_argument(call, 2);
  std::vector<std::string> sources;
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    sources.push_back(string_argument(call, i));
    if (!is_label_name(sources.back()))
      return fail(Code::invalid, "invalid source label name in label_join(): " + sources.back());
  }
  TRY_DO(check_destination(destination, "label_join"));
  TRY(grid, eval(*call.args[0]));
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    std::string joined;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) joined += separator;
      joined += grid.labels[r].get(sources[i]);
    }
    grid.labels[r] = with_label(query_, grid, r, destination, joined);
  }
  grid.unique_without_name = false;
  TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

}  // namespace aloft::telemetry::promql
