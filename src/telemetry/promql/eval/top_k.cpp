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

// The candidates of one group as a binary heap whose front is the first to go: the smallest of topk, the
// largest of bottomk, NaN before all. Which of equal values stay, and in which order they are given, follows
// from the places that these steps give them, which are those of Prometheus.
class CandidateHeap {
 public:
  void clear() { places_.clear(); }
  std::size_t size() const { return places_.size(); }
  const std::vector<Candidate>& candidates() const { return places_; }

  void push(const Candidate& candidate, bool largest) {
    places_.push_back(candidate);
    for (std::size_t at = size() - 1; at > 0;) {
      const std::size_t parent = (at - 1) / 2;
      if (!goes_before(places_[at], places_[parent], largest)) break;
      std::swap(places_[at], places_[parent]);
      at = parent;
    }
  }

  // Takes the candidate if it is better than the front.
  void offer(const Candidate& candidate, bool largest) {
    const double front = places_.front().value;
    const bool better = largest ? front < candidate.value : front > candidate.value;
    if (!better && !(std::isnan(front) && !std::isnan(candidate.value))) return;
    places_.front() = candidate;
    std::size_t at = 0;
    for (std::size_t child = 1; child < size(); child = 2 * at + 1) {
      if (child + 1 < size() && goes_before(places_[child + 1], places_[child], largest)) ++child;
      if (!goes_before(places_[child], places_[at], largest)) break;
      std::swap(places_[child], places_[at]);
      at = child;
    }
  }

  // The best first. This is no longer a heap.
  void sort(bool largest) {
    constexpr std::size_t few = 12;
    if (size() > few) {
      std::sort(places_.begin(), places_.end(), [largest](const Candidate& a, const Candidate& b) {
        if (std::isnan(a.value) != std::isnan(b.value)) return std::isnan(b.value);
        if (std::isnan(a.value) || a.value == b.value) return a.row < b.row;
        return largest ? a.value > b.value : a.value < b.value;
      });
      return;
    }
    for (std::size_t i = 1; i < size(); ++i)
      for (std::size_t at = i; at > 0 && goes_before(places_[at - 1], places_[at], largest); --at)
        std::swap(places_[at], places_[at - 1]);
  }

 private:
  static bool goes_before(const Candidate& a, const Candidate& b, bool largest) {
    return std::isnan(a.value) || (largest ? a.value < b.value : a.value > b.value);
  }

  std::vector<Candidate> places_;
};

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
      if (sorts()) group.sort(largest());
      for (const Candidate& candidate : group.candidates()) out.push_back(candidate.row);
    }
  }

 private:
  bool sorts() const { return node_.op == AggregateOp::topk || node_.op == AggregateOp::bottomk; }
  bool largest() const { return node_.op != AggregateOp::bottomk; }

  void consider(std::size_t r, std::size_t step, std::size_t k, double ratio) {
    CandidateHeap& group = chosen_[groups_[r]];
    const bool is_histogram = input_.histogram(r, step) != nullptr;
    const Candidate candidate{is_histogram ? 0 : input_.row(r)[step], r};
    if (node_.op == AggregateOp::limit_ratio) {
      const double offset = ratio_offset(input_.labels[r]);
      if (ratio >= 0 ? offset < ratio : offset >= 1.0 + ratio) group.push(candidate, true);
    } else if (sorts() && is_histogram) {
      notes_.info(fmt::format("ignored histogram in {} aggregation", to_string(node_.op)), node_.span);
    } else if (group.size() < k) {
      group.push(candidate, largest());
    } else if (sorts()) {
      group.offer(candidate, largest());
    }
  }

  const Aggregate& node_;
  const Grid& input_;
  const std::vector<std::size_t>& groups_;
  std::vector<CandidateHeap> chosen_;
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
