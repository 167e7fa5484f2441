// Evaluates the histogram_... functions, over native and classic histograms.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "telemetry/core/durations.h"
#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/histogram/quantile.h"
#include "telemetry/promql/numbers.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

constexpr std::string_view bucket_label = "le";

double statistic(FunctionId id, const NativeHistogram& h) {
  switch (id) {
    case FunctionId::histogram_count:
      return h.count;
    case FunctionId::histogram_sum:
      return h.sum;
    case FunctionId::histogram_avg:
      return h.sum / h.count;
    case FunctionId::histogram_stdvar:
      return native_variance(h);
    default:
      return std::sqrt(native_variance(h));
  }
}

// One classic histogram: the rows of its buckets, whose labels differ in `le` alone.
struct Classic {
  LabelsView labels;  // without le
  bool drop_name = false;
  std::vector<std::pair<double, std::size_t>> buckets;  // upper bound and row
  std::vector<std::size_t> natives;                     // rows of native histograms of the same labels
};

// The classic and native histograms of a vector.
class Histograms {
 public:
  Histograms(QueryContext& query, const Grid& grid)
      : query_(query), grid_(grid), classic_of_(grid.rows(), no_index) {
    std::unordered_map<std::string_view, std::size_t> known;
    std::string encoded;
    for (std::size_t r = 0; r < grid.rows(); ++r) add_row(r, known, encoded);
    for (std::size_t i = 0; i < classics_.size(); ++i)
      std::sort(classics_[i].buckets.begin(), classics_[i].buckets.end());
    // A row of native histograms beside a classic one of the same labels.
    for (std::size_t r = 0; r < grid.rows(); ++r) {
      if (grid.histograms.empty()) break;
      const auto found = known.find(grid.labels[r].encoded());
      if (found == known.end()) continue;
      classic_of_[r] = found->second;
      classics_[found->second].natives.push_back(r);
    }
  }

  const std::vector<Classic>& classics() const { return classics_; }
  // The classic histogram that has the labels of this row, or none.
  std::size_t rival(std::size_t row) const { return classic_of_[row]; }
  // The text of a bound that is no number, or null.
  const std::string* bad_bound(std::size_t row) const {
    const auto found = bad_bounds_.find(row);
    return found == bad_bounds_.end() ? nullptr : &found->second;
  }
  // The buckets that have samples at a step.
  void gather(const Classic& classic, std::size_t step, std::vector<ClassicBucket>& out) const {
    out.clear();
    for (const auto& [upper, row] : classic.buckets)
      if (grid_.has(row, step) && grid_.histogram(row, step) == nullptr)
        out.push_back({upper, grid_.row(row)[step]});
  }

 private:
  void add_row(std::size_t r, std::unordered_map<std::string_view, std::size_t>& known,
               std::string& encoded) {
    const std::string_view text = grid_.labels[r].get(bucket_label);
    double upper = 0;
    if (!parse_float(text, upper)) {
      bad_bounds_.emplace(r, text);
      return;
    }
    encoded.clear();
    for (const Label& label : grid_.labels[r])
      if (label.name != bucket_label) append_label(encoded, label.name, label.value);
    auto found = known.find(encoded);
    if (found == known.end()) {
      classics_.push_back({query_.labels.keep(encoded), grid_.drop_name[r] != 0, {}, {}});
      found = known.emplace(classics_.back().labels.encoded(), classics_.size() - 1).first;
    }
    classics_[found->second].buckets.emplace_back(upper, r);
  }

  QueryContext& query_;
  const Grid& grid_;
  std::vector<Classic> classics_;
  std::vector<std::size_t> classic_of_;
  std::unordered_map<std::size_t, std::string> bad_bounds_;
};

enum class Kind : std::uint8_t { quantile, quantiles, fraction };

class HistogramCall {
 public:
  HistogramCall(QueryContext& query, const Call& call, Steps times, Grid input, std::vector<Grid> scalars)
      : query_(query),
        call_(call),
        times_(times),
        kind_(call.function->id == FunctionId::histogram_fraction    ? Kind::fraction
              : call.function->id == FunctionId::histogram_quantiles ? Kind::quantiles
                                                                     : Kind::quantile),
        input_(std::move(input)),
        scalars_(std::move(scalars)),
        histograms_(query, input_),
        out_(make_grid(input_.steps)),
        index_(out_),
        span_(call.args[kind_ == Kind::fraction   ? 2
                        : kind_ == Kind::quantile ? 1
                                                  : 0]
                  ->span) {}

  Result<Grid> run() {
    if (kind_ != Kind::fraction) check_quantiles();
    const std::size_t variants = kind_ == Kind::quantiles ? scalars_.size() : 1;
    for (std::size_t v = 0; v < variants; ++v) {
      for (std::size_t r = 0; r < input_.rows(); ++r) TRY_DO(native_row(r, v));
      for (const Classic& classic : histograms_.classics()) TRY_DO(classic_row(classic, v));
    }
    out_.remove_empty_rows();
    if (query_.options.delayed_name_removal)
      std::fill(out_.drop_name.begin(), out_.drop_name.end(), std::uint8_t{1});
    return std::move(out_);
  }

 private:
  bool delayed() const { return query_.options.delayed_name_removal; }

  void check_quantiles() {
    for (std::size_t i = 0; i < scalars_.size(); ++i) {
      const Expr& arg = *call_.args[kind_ == Kind::quantile ? 0 : i + 2];
      for (const double q : scalars_[i].values)
        if (std::isnan(q) || q < 0 || q > 1)
          query_.notes.warn("quantile value should be between 0 and 1, got " + format_g(q), arg.span);
    }
  }

  // Without the metric name, with the label of the quantile. Remembered from step to step.
  LabelsView result_labels(LabelsView labels, double q) {
    LabelsBuilder builder(delayed() ? labels : without_metadata(query_, labels));
    if (kind_ == Kind::quantiles) builder.set(string_argument(call_, 1), format_open_metrics(q));
    return query_.labels.keep(builder.build());
  }

  Result<> put(LabelsView labels, std::size_t variant, std::size_t step, double value, std::size_t& row,
               double& of) {
    const double q = kind_ == Kind::fraction ? 0 : scalars_[variant].values[step];
    if (row == no_index || (kind_ == Kind::quantiles && of != q)) {
      TRY(found, index_.row_for(query_, result_labels(labels, q), true));
      row = found;
      of = q;
    }
    if (out_.has(row, step)) {
      if (!query_.options.delayed_name_removal || input_.steps > 1) return same_labels_error();
      TRY(another, out_.add_row(query_, out_.labels[row], true));
      row = another;
    }
    out_.set(row, step, value);
    return {};
  }

  Result<> native_row(std::size_t r, std::size_t variant) {
    const HistogramPtr* histograms = input_.histogram_row(r);
    const std::string* bad = histograms_.bad_bound(r);
    if (histograms == nullptr && bad == nullptr) return {};
    const std::string_view metric = input_.labels[r].metric_name();
    std::size_t row = no_index;
    double of = 0;
    for (std::size_t s = 0; s < input_.steps; ++s) {
      if (!input_.has(r, s)) continue;
      if (histograms == nullptr || !histograms[s]) {
        if (bad != nullptr)
          query_.notes.warn(fmt::format("bucket label \"le\" is missing or has a malformed value of {}{}",
                                        quote(*bad), for_metric(delayed() ? metric : std::string_view())),
                            span_);
        continue;
      }
      if (has_rival(r, s)) {
        query_.notes.warn("vector contains a mix of classic and native histograms" +
                              for_metric(delayed() ? metric : std::string_view()),
                          span_);
        continue;
      }
      const NativeResult result =
          kind_ == Kind::fraction
              ? native_fraction(scalars_[0].values[s], scalars_[1].values[s], *histograms[s])
              : native_quantile(scalars_[variant].values[s], *histograms[s]);
      note(result.note, delayed() ? metric : std::string_view());
      TRY_DO(put(input_.labels[r], variant, s, result.value, row, of));
    }
    return {};
  }

  bool has_rival(std::size_t r, std::size_t step) const {
    const std::size_t rival = histograms_.rival(r);
    if (rival == no_index) return false;
    for (const auto& bucket : histograms_.classics()[rival].buckets)
      if (input_.has(bucket.second, step) && input_.histogram(bucket.second, step) == nullptr) return true;
    return false;
  }

  // Is there a native histogram of the same labels at this step?
  bool has_native_rival(const Classic& classic, std::size_t step) const {
    for (const std::size_t r : classic.natives)
      if (input_.histogram(r, step) != nullptr) return true;
    return false;
  }

  void note(NanObservations nan, std::string_view metric) {
    switch (nan) {
      case NanObservations::none:
        return;
      case NanObservations::result_is_nan:
        return query_.notes.info(
            "input to histogram_quantile has NaN observations, result is NaN" + for_metric(metric), span_);
      case NanObservations::skewed:
        return query_.notes.info(
            "input to histogram_quantile has NaN observations, result is skewed higher" + for_metric(metric),
            span_);
      case NanObservations::excluded:
        return query_.notes.info(
            "input to histogram_fraction has NaN observations, which are excluded from all fractions" +
                for_metric(metric),
            span_);
    }
  }

  Result<> classic_row(const Classic& classic, std::size_t variant) {
    std::size_t row = no_index;
    double of = 0;
    for (std::size_t s = 0; s < input_.steps; ++s) {
      histograms_.gather(classic, s, buckets_);
      if (buckets_.empty() || has_native_rival(classic, s)) continue;
      double value = 0;
      if (kind_ == Kind::fraction) {
        value = classic_fraction(scalars_[0].values[s], scalars_[1].values[s], buckets_);
      } else {
        const ClassicQuantile result = classic_quantile(scalars_[variant].values[s], buckets_);
        if (result.forced_monotonic)
          query_.notes.forced_monotonic(delayed() ? classic.labels.metric_name() : std::string_view(), span_,
                                        times_.at(s), result.lowest_forced, result.highest_forced,
                                        result.largest_drop);
        value = result.value;
      }
      TRY_DO(put(classic.labels, variant, s, value, row, of));
    }
    return {};
  }

  QueryContext& query_;
  const Call& call_;
  Steps times_;
  Kind kind_;
  Grid input_;
  std::vector<Grid> scalars_;
  Histograms histograms_;
  Grid out_;
  RowIndex index_;
  Span span_;
  std::vector<ClassicBucket> buckets_;
};

}  // namespace

Result<Grid> Evaluator::eval_histogram_stat(const Call& call) {
  const FunctionId id = call.function->id;
  const bool stats =
      id == FunctionId::histogram_count || id == FunctionId::histogram_sum || id == FunctionId::histogram_avg;
  stats_around_ += stats;
  auto evaluated = eval(*call.args[0]);
  stats_around_ -= stats;
  TRY(grid, std::move(evaluated));
  if (grid.histograms.empty()) {
    Grid nothing = make_grid(count());
    return nothing;
  }
  for (std::size_t i = 0; i < grid.values.size(); ++i)
    grid.values[i] = grid.histograms[i] ? statistic(id, *grid.histograms[i]) : absent();
  grid.histograms.clear();
  grid.remove_empty_rows();
  drop_names(query_, grid);
  if (!query_.options.delayed_name_removal) TRY_DO(merge_same_labels(query_, grid));
  return grid;
}

Result<Grid> Evaluator::eval_histogram_quantile(const Call& call) {
  ++buckets_around_;
  std::vector<Grid> scalars;
  std::optional<Grid> input;
  Result<> failed;
  for (const ExprPtr& arg : call.args) {
    if (type_of(*arg) == ValueType::string) continue;
    auto value = eval(*arg);
    if (!value) {
      failed = fail(std::move(value).error());
      break;
    }
    if (type_of(*arg) == ValueType::scalar)
      scalars.push_back(std::move(*value));
    else
      input = std::move(*value);
  }
  --buckets_around_;
  TRY_DO(failed);
  return HistogramCall(query_, call, steps_, std::move(*input), std::move(scalars)).run();
}

}  // namespace aloft::telemetry::promql
