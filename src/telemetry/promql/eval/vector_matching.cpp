// Which series of two vectors belong together, and what comes of them.
#include "telemetry/promql/eval/vector_matching.h"

#include <algorithm>
#include <unordered_map>

#include "telemetry/promql/numbers.h"

namespace aloft::telemetry::promql {
namespace {

LabelsView match_labels(QueryContext& query, const VectorMatching& matching, LabelsView labels) {
  std::string encoded;
  for (const Label& label : labels) {
    const bool named =
        std::find(matching.labels.begin(), matching.labels.end(), label.name) != matching.labels.end();
    if (matching.on ? named : !named && label.name != metric_name_label)
      append_label(encoded, label.name, label.value);
  }
  return query.labels.keep(std::move(encoded));
}

class Matching {
 public:
  // `many` is the side that may have several series for one of the other: the left one unless group_right.
  Matching(QueryContext& query, const Binary& node, Grid many, Grid one, bool swapped)
      : query_(query),
        node_(node),
        rule_(*node.matching),
        many_(std::move(many)),
        one_(std::move(one)),
        swapped_(swapped),
        signatures_(make_signatures(rule_, many_, one_)),
        out_(make_grid(many_.steps)),
        index_(out_),
        one_row_(signatures_.count, no_index),
        one_step_(signatures_.count, no_index),
        matched_step_(signatures_.count, no_index),
        last_one_(many_.rows(), no_index),
        last_out_(many_.rows(), no_index) {}

  Result<Grid> run() {
    out_.unique_without_name = false;
    for (step_ = 0; step_ < many_.steps; ++step_) {
      if (step_ % 64 == 0) TRY_DO(query_.check_running());
      TRY_DO(place_ones());
      for (std::size_t r = 0; r < many_.rows(); ++r)
        if (many_.has(r, step_)) TRY_DO(match(r));
      if (fill_of_many()) TRY_DO(fill_unmatched());
    }
    out_.remove_empty_rows();
    return std::move(out_);
  }

 private:
  bool one_to_one() const { return rule_.card == Cardinality::one_to_one; }
  // Stands for samples that the side lacks.
  const std::optional<double>& fill_of_one() const { return swapped_ ? rule_.fill_left : rule_.fill_right; }
  const std::optional<double>& fill_of_many() const { return swapped_ ? rule_.fill_right : rule_.fill_left; }

  Element element(const Grid& grid, std::size_t row) const {
    const HistogramPtr* histograms = grid.histogram_row(row);
    return {grid.row(row)[step_], histograms == nullptr ? nullptr : histograms[step_]};
  }

  Result<> place_ones() {
    for (std::size_t r = 0; r < one_.rows(); ++r) {
      if (!one_.has(r, step_)) continue;
      const std::size_t signature = signatures_.right[r];
      if (one_step_[signature] == step_) return duplicate(one_row_[signature], r);
      one_step_[signature] = step_;
      one_row_[signature] = r;
    }
    return {};
  }

  std::unexpected<Error> duplicate(std::size_t a, std::size_t b) {
    std::string first = series_text(one_.labels[a]);
    std::string second = series_text(one_.labels[b]);
    if (second < first) std::swap(first, second);
    return fail(
        Code::invalid,
        fmt::format("found duplicate series for the match group {} on the {} hand-side of the operation: "
                    "[{}, {}];many-to-many matching not allowed: matching labels must be unique on one side",
                    series_text(match_labels(query_, rule_, one_.labels[b])), swapped_ ? "left" : "right",
                    first, second));
  }

  Result<> match(std::size_t r) {
    const std::size_t signature = signatures_.left[r];
    if (one_step_[signature] == step_) return combine(r, one_row_[signature], signature);
    if (!fill_of_one()) return {};
    const LabelsView labels = match_labels(query_, rule_, many_.labels[r]);
    return apply(element(many_, r), {*fill_of_one(), nullptr}, many_.labels[r], labels, signature, nullptr);
  }

  Result<> combine(std::size_t r, std::size_t one, std::size_t signature) {
    // A series mostly finds the same partner at every step, and so the same result.
    std::size_t* known = &last_out_[r];
    if (last_one_[r] != one) {
      last_one_[r] = one;
      *known = no_index;
    }
    return apply(element(many_, r), element(one_, one), many_.labels[r], one_.labels[one], signature, known);
  }

  Result<> fill_unmatched() {
    for (std::size_t r = 0; r < one_.rows(); ++r) {
      const std::size_t signature = signatures_.right[r];
      if (!one_.has(r, step_) || matched_step_[signature] == step_) continue;
      const LabelsView labels = match_labels(query_, rule_, one_.labels[r]);
      TRY_DO(apply({*fill_of_many(), nullptr}, element(one_, r), labels, one_.labels[r], signature, nullptr));
    }
    return {};
  }

  Result<> apply(const Element& many, const Element& one, LabelsView many_labels, LabelsView one_labels,
                 std::size_t signature, std::size_t* known) {
    ElementResult done =
        element_operation(node_.op, swapped_ ? one : many, swapped_ ? many : one, node_.span, query_.notes);
    if (done.failed) return {};
    std::size_t row = known != nullptr ? *known : no_index;
    if (row == no_index) {
      TRY(found, index_.row_for(query_, result_labels(many_labels, one_labels), node_.return_bool));
      row = found;
      row_step_.resize(out_.rows(), no_index);
      row_signature_.resize(out_.rows(), no_index);
      if (known != nullptr) *known = row;
    }
    TRY_DO(check_unique(row, signature));
    if (node_.return_bool)
      out_.set(row, step_, done.keep ? 1.0 : 0.0);
    else if (done.keep && done.result.histogram)
      out_.set(row, step_, std::move(done.result.histogram));
    else if (done.keep)
      out_.set(row, step_, done.result.value);
    return {};
  }

  Result<> check_unique(std::size_t row, std::size_t signature) {
    if (one_to_one()) {
      if (matched_step_[signature] == step_)
        return fail(
            Code::invalid,
            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
    } else if (row_step_[row] == step_ && row_signature_[row] == signature) {
      return fail(Code::invalid, "multiple matches for labels: grouping labels must ensure unique matches");
    }
    if (out_.has(row, step_)) return same_labels_error();
    matched_step_[signature] = step_;
    row_step_[row] = step_;
    row_signature_[row] = signature;
    return {};
  }

  LabelsView result_labels(LabelsView many, LabelsView one) const {
    LabelsBuilder builder(many);
    const bool drop = node_.return_bool && !query_.options.delayed_name_removal;
    if (drop || changes_metric(node_.op))
      for (const std::string_view name :
           {metric_name_label, std::string_view("__type__"), std::string_view("__unit__")})
        builder.remove(name);
    if (one_to_one()) {
      if (rule_.on)
        builder.keep_only(rule_.labels);
      else
        builder.drop(rule_.labels);
    }
    for (const std::string& name : rule_.include) builder.set(name, one.get(name));
    return query_.labels.keep(builder.build());
  }

  QueryContext& query_;
  const Binary& node_;
  const VectorMatching& rule_;
  Grid many_;
  Grid one_;
  bool swapped_;
  Signatures signatures_;
  Grid out_;
  RowIndex index_;
  std::size_t step_ = 0;
  // By signature: the row of the "one" side, at which step it was there, and at which step it was matched.
  std::vector<std::size_t> one_row_;
  std::vector<std::size_t> one_step_;
  std::vector<std::size_t> matched_step_;
  // By row of the "many" side: its partner of the last step, and the row of their result.
  std::vector<std::size_t> last_one_;
  std::vector<std::size_t> last_out_;
  // By row of the result: for which step and signature it was found last.
  std::vector<std::size_t> row_step_;
  std::vector<std::size_t> row_signature_;
};

}  // namespace

Signatures make_signatures(const VectorMatching& matching, const Grid& left, const Grid& right) {
  std::vector<std::string> names = matching.labels;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::unordered_map<std::uint64_t, std::size_t> numbers;
  numbers.reserve(left.rows() + right.rows());
  Signatures out;
  const auto number = [&](const Grid& grid, std::vector<std::size_t>& to) {
    to.reserve(grid.rows());
    for (const LabelsView labels : grid.labels) {
      const std::uint64_t hash =
          matching.on ? hash_labels_by(labels, names) : hash_labels_without(labels, names);
      to.push_back(numbers.try_emplace(hash, numbers.size()).first->second);
    }
  };
  number(left, out.left);
  number(right, out.right);
  out.count = numbers.size();
  return out;
}

Result<Grid> match_vectors(QueryContext& query, const Binary& node, Grid left, Grid right) {
  const bool fills = node.matching->fill_left || node.matching->fill_right;
  if ((left.rows() == 0 || right.rows() == 0) && !fills) return make_grid(left.steps);
  if (node.matching->card == Cardinality::one_to_many)
    return Matching(query, node, std::move(right), std::move(left), true).run();
  return Matching(query, node, std::move(left), std::move(right), false).run();
}

}  // namespace aloft::telemetry::promql
