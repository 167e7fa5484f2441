// Evaluates label_replace and label_join, which look at labels alone.
#include "base/bytes.h"
#include "telemetry/core/regex.h"
#include "telemetry/promql/eval/evaluator.h"

namespace aloft::telemetry::promql {
namespace {

// What a function may write into labels: calls within calls multiply the length of values.
constexpr std::size_t longest_value = 1024 * 1024;
constexpr std::size_t most_label_bytes = 256 * 1024 * 1024;

// Gives rows a new value of one label.
class LabelWriter {
 public:
  LabelWriter(QueryContext& query, Grid& grid, const std::string& name, std::string_view function)
      : query_(query), grid_(grid), name_(name), function_(function) {}

  // Before a value of about that length is made. Error: too much.
  Result<> check(std::size_t length) {
    written_ += length;
    if (length <= longest_value && written_ <= most_label_bytes) return {};
    return fail(Code::invalid, fmt::format("{}() would make labels of more than {} bytes", function_,
                                           length > longest_value ? longest_value : most_label_bytes));
  }
  // With a new label the row's name may be one that was set on purpose.
  void write(std::size_t row, std::string_view value) {
    LabelsBuilder builder(grid_.labels[row]);
    builder.set(name_, value);
    if (name_ == metric_name_label) grid_.drop_name[row] = 0;
    grid_.labels[row] = query_.labels.keep(builder.build());
  }

 private:
  QueryContext& query_;
  Grid& grid_;
  const std::string& name_;
  std::string_view function_;
  std::size_t written_ = 0;
};

// At least as long as what the groups make of the replacement.
std::size_t expanded_length(std::string_view replacement, const std::vector<std::string_view>& groups) {
  std::size_t longest = 0;
  for (const std::string_view group : groups) longest = std::max(longest, group.size());
  const auto references = static_cast<std::size_t>(std::ranges::count(replacement, '$'));
  return replacement.size() + references * longest;
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
  LabelWriter writer(query_, grid, destination, "label_replace");
  std::vector<std::string_view> groups;
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    if (!(*regex)->find(grid.labels[r].get(source), 0, groups)) continue;
    TRY_DO(writer.check(expanded_length(replacement, groups)));
    writer.write(r, (*regex)->expand(replacement, groups));
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
  LabelWriter writer(query_, grid, destination, "label_join");
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    std::size_t length = separator.size() * sources.size();
    for (const std::string& source : sources) length += grid.labels[r].get(source).size();
    TRY_DO(writer.check(length));
    std::string joined;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) joined += separator;
      joined += grid.labels[r].get(sources[i]);
    }
    writer.write(r, joined);
  }
  grid.unique_without_name = false;
  TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

}  // namespace aloft::telemetry::promql
