// Evaluates binary operators.
#include <algorithm>

#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/eval/vector_matching.h"

namespace aloft::telemetry::promql {

Result<Grid> Evaluator::eval_binary(const Binary& node) {
  const std::string_view outer = std::exchange(function_, std::string_view());
  const bool trims = node.op == BinaryOp::trim_upper || node.op == BinaryOp::trim_lower;
  buckets_around_ += trims;
  auto left = eval(*node.lhs);
  auto right = left ? eval(*node.rhs) : Result<Grid>(fail(left.error()));
  buckets_around_ -= trims;
  function_ = outer;
  if (!right) return fail(std::move(right).error());
  const bool left_scalar = type_of(*node.lhs) == ValueType::scalar;
  const bool right_scalar = type_of(*node.rhs) == ValueType::scalar;
  if (left_scalar && right_scalar) {
    for (std::size_t s = 0; s < count(); ++s)
      left->values[s] = scalar_operation(node.op, left->values[s], right->values[s]);
    return left;
  }
  if (left_scalar) return vector_and_scalar(node, std::move(*right), *left, true);
  if (right_scalar) return vector_and_scalar(node, std::move(*left), *right, false);
  if (is_set_operator(node.op)) return set_operation(node, std::move(*left), std::move(*right));
  return match_vectors(query_, node, std::move(*left), std::move(*right));
}

Result<Grid> Evaluator::vector_and_scalar(const Binary& node, Grid vector, const Grid& scalar, bool swapped) {
  const bool comparison = is_comparison(node.op);
  for (std::size_t r = 0; r < vector.rows(); ++r) {
    for (std::size_t s = 0; s < count(); ++s) {
      if (!vector.has(r, s)) continue;
      const HistogramPtr* histograms = vector.histogram_row(r);
      Element element{vector.row(r)[s], histograms == nullptr ? nullptr : histograms[s]};
      const Element number{scalar.values[s], nullptr};
      ElementResult done = swapped ? element_operation(node.op, number, element, node.span, query_.notes)
                                   : element_operation(node.op, element, number, node.span, query_.notes);
      // A comparison keeps the vector's sample, on whichever side it stands.
      if (comparison && swapped) done.result = std::move(element);
      vector.clear(r, s);
      if (done.failed || (!done.keep && !node.return_bool)) continue;
      if (node.return_bool)
        vector.set(r, s, done.keep ? 1.0 : 0.0);
      else if (done.result.histogram)
        vector.set(r, s, std::move(done.result.histogram));
      else
        vector.set(r, s, done.result.value);
    }
  }
  vector.remove_empty_rows();
  if (changes_metric(node.op) || node.return_bool) {
    drop_names(query_, vector);
    if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, vector));
  }
  return vector;
}

Result<Grid> Evaluator::set_operation(const Binary& node, Grid left, Grid right) {
  const Signatures signatures = make_signatures(*node.matching, left, right);
  const bool is_or = node.op == BinaryOp::lor;
  // Of which signature the deciding side has samples: the left one for "or".
  std::vector<std::uint8_t> present(signatures.count);
  const Grid& deciding = is_or ? left : right;
  const std::vector<std::size_t>& deciding_signatures = is_or ? signatures.left : signatures.right;
  Grid& decided = is_or ? right : left;
  const std::vector<std::size_t>& decided_signatures = is_or ? signatures.right : signatures.left;
  for (std::size_t s = 0; s < count(); ++s) {
    if (s % 64 == 0) TRY_DO(query_.check_running());
    std::fill(present.begin(), present.end(), std::uint8_t{0});
    for (std::size_t r = 0; r < deciding.rows(); ++r)
      if (deciding.has(r, s)) present[deciding_signatures[r]] = 1;
    for (std::size_t r = 0; r < decided.rows(); ++r) {
      const bool keep = (present[decided_signatures[r]] != 0) == (node.op == BinaryOp::land);
      if (!keep && decided.has(r, s)) decided.clear(r, s);
    }
  }
  decided.remove_empty_rows();
  if (!is_or) return left;
  // Both sides may have series of the same labels, at different steps.
  TRY_DO(left.append(query_, std::move(right)));
  left.unique_without_name = false;
  TRY_DO(merge_same_labels(query_, left));
  return left;
}

}  // namespace aloft::telemetry::promql
