// Evaluates the aggregations that pick series: topk, bottomk, limitk and limit_ratio.
#include <algorithm>
#include <cmath>
#include <limits>

#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/eval/grouping.h"
#include "telemetry/promql/eval/ratio_hash.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

struct Candidate {
  double value = 0;
  std::size_t row = 0;
};

// Is `a` before `b` in the answer? NaN is last whatever is asked for.
bool better(const Candidate& a, const Candidate& b, bool largest) {
  const bool a_nan = std::isnan(a.value);
  const bool b_nan = std::isnan(b.value);
  if (a_nan || b_nan) return a_nan == b_nan ? a.row < b.row : b_nan;
  if (a.value != b.value) return largest ? a.value > b.value : a.value < b.value;
  return a.row < b.row;
}

double smallest_of(const std::vector<double>& values) {
  double out = std::numeric_limits<double>::infinity();
  for (const double value : values) out = std::fmin(out, value);
  return out;
}
double largest_of(const std::vector<double>& values) {
  double out = -std::numeric_limits<double>::infinity();
  for (const double value : values) out = std::fmax(out, value);
  return out;
}

class Picker {
 public:
  Picker(const Aggregate& node, const Grid& input, const std::vector<std::size_t>& groups,
         std::size_t group_count, Annotations& notes)
      : node_(node), input_(input), groups_(groups), chosen_(group_count), notes_(notes) {}

  // The rows chosen at a step, group by group, in the order of the answer.
  void pick(std::size_t step, double param, std::vector<std::size_t>& out) {
    for (auto& group : chosen_) group.clear();
    const bool ratio = node_.op == AggregateOp::limit_ratio;
    const double most = static_cast<double>(input_.rows());
    const auto k = ratio ? 0 : static_cast<std::size_t>(std::clamp(std::trunc(param), 0.0, most));
    if (ratio ? param == 0 : k == 0) return;
    for (std::size_t r = 0; r < input_.rows(); ++r)
      if (input_.has(r, step)) consider(r, step, k, std::clamp(param, -1.0, 1.0));
    for (auto& group : chosen_) {
      if (sorts()) {
        const bool largest = node_.op == AggregateOp::topk;
        std::sort(group.begin(), group.end(),
                  [&](const Candidate& a, const Candidate& b) { return better(a, b, largest); });
      }
      for (const Candidate& candidate : group) out.push_back(candidate.row);
    }
  }

 private:
  bool sorts() const { return node_.op == AggregateOp::topk || node_.op == AggregateOp::bottomk; }

  void consider(std::size_t r, std::size_t step, std::size_t k, double ratio) {
    auto& group = chosen_[groups_[r]];
    const Candidate candidate{input_.row(r)[step], r};
    if (node_.op == AggregateOp::limitk) {
      if (group.size() < k) group.push_back(candidate);
    } else if (node_.op == AggregateOp::limit_ratio) {
      const double offset = ratio_offset(input_.labels[r]);
      if (ratio >= 0 ? offset < ratio : offset >= 1.0 + ratio) group.push_back(candidate);
    } else if (input_.histogram(r, step) != nullptr) {
      notes_.info(fmt::format("ignored histogram in {} aggregation", to_string(node_.op)), node_.span);
    } else {
      keep_best(group, candidate, k, node_.op == AggregateOp::topk);
    }
  }

  // A heap whose front is the worst of those kept.
  static void keep_best(std::vector<Candidate>& heap, const Candidate& candidate, std::size_t k,
                        bool largest) {
    const auto worse_last = [largest](const Candidate& a, const Candidate& b) {
      return better(a, b, largest);
    };
    if (heap.size() < k) {
      heap.push_back(candidate);
      std::push_heap(heap.begin(), heap.end(), worse_last);
    } else if (better(candidate, heap.front(), largest)) {
      std::pop_heap(heap.begin(), heap.end(), worse_last);
      heap.back() = candidate;
      std::push_heap(heap.begin(), heap.end(), worse_last);
    }
  }

  const Aggregate& node_;
  const Grid& input_;
  const std::vector<std::size_t>& groups_;
  std::vector<std::vector<Candidate>> chosen_;
  Annotations& notes_;
};

// True when nothing is asked for at any step.
Result<bool> check_param(const Aggregate& node, const std::vector<double>& param, Annotations& notes) {
  const double smallest = smallest_of(param);
  const double largest = largest_of(param);
  const bool any_nan =
      std::any_of(param.begin(), param.end(), [](double value) { return std::isnan(value); });
  if (node.op == AggregateOp::limit_ratio) {
    if (largest == 0 && smallest == 0) return true;
    if (any_nan) return fail(Code::invalid, "Ratio value is NaN");
    if (largest > 1)
      notes.warn(
          fmt::format("ratio value should be between -1 and 1, got {}, capping to 1", format_g(largest)),
          node.param->span);
    if (smallest < -1)
      notes.warn(
          fmt::format("ratio value should be between -1 and 1, got {}, capping to -1", format_g(smallest)),
          node.param->span);
    return false;
  }
  if (largest < 1 && !any_nan) return true;
  if (any_nan) return fail(Code::invalid, "Parameter value is NaN");
  if (smallest <= -9223372036854775808.0)
    return fail(Code::invalid, fmt::format("Scalar value {} underflows int64", format_g(smallest)));
  if (largest >= 9223372036854775808.0)
    return fail(Code::invalid, fmt::format("Scalar value {} overflows int64", format_g(largest)));
  return false;
}

}  // namespace

Result<Grid> Evaluator::eval_k(const Aggregate& node) {
  TRY(param, aggregate_param(node));
  TRY(input, eval(*node.expr));
  Grid grid = make_grid(count());
  TRY(nothing, check_param(node, param, query_.notes));
  if (nothing) return grid;
  Grouping grouping(query_, node.grouping, node.without);
  std::vector<std::size_t> groups(input.rows());
  for (std::size_t r = 0; r < input.rows(); ++r) groups[r] = grouping.group_of(input.labels[r], false);
  Picker picker(node, input, groups, grouping.size(), query_.notes);
  constexpr auto no_row = static_cast<std::size_t>(-1);
  std::vector<std::size_t> output(input.rows(), no_row);
  std::vector<std::size_t> chosen;
  for (std::size_t s = 0; s < count(); ++s) {
    if (s % 16 == 0) TRY_DO(query_.check_running());
    chosen.clear();
    picker.pick(s, param[s], chosen);
    for (const std::size_t r : chosen) {
      if (output[r] == no_row) {
        TRY(row, grid.add_row(query_, input.labels[r], input.drop_name[r] != 0));
        output[r] = row;
      }
      const HistogramPtr* histograms = input.histogram_row(r);
      if (histograms != nullptr && histograms[s])
        grid.set(output[r], s, histograms[s]);
      else
        grid.set(output[r], s, input.row(r)[s]);
    }
  }
  grid.unique_without_name = input.unique_without_name;
  return grid;
}

}  // namespace aloft::telemetry::promql
