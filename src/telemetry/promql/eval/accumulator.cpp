// Folds rows of samples into groups.
#include "telemetry/promql/eval/accumulator.h"

#include <cmath>
#include <limits>

#include "telemetry/promql/eval/histogram_sum.h"
#include "telemetry/promql/eval/kahan.h"
#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/quantile.h"
#include "telemetry/promql/numbers.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

// The cells hold what one group has seen at one step. `seen()`: it gives a result.
struct SumCell {
  KahanSum sum;
  bool any = false;
  bool seen() const { return any; }
  void add(double value) {
    sum.add(value);
    any = true;
  }
  double result() const { return sum.value(); }
};

struct AverageCell {
  KahanSum sum;
  double mean = 0;
  double count = 0;
  bool incremental = false;
  bool seen() const { return count > 0; }
  void add(double value) {
    ++count;
    if (count == 1) {
      sum = {value, 0};
      return;
    }
    if (!incremental) {
      KahanSum next = sum;
      next.add(value);
      if (!std::isinf(next.sum)) {
        sum = next;
        return;
      }
      // The sum would overflow; the mean does not.
      incremental = true;
      mean = sum.sum / (count - 1);
      sum.error /= count - 1;
    }
    const double share = (count - 1) / count;
    KahanSum next{share * mean, share * sum.error};
    next.add(value / count);
    mean = next.sum;
    sum.error = next.error;
  }
  double result() const { return incremental ? mean + sum.error : sum.sum / count + sum.error / count; }
};

struct VarianceCell {
  double count = 0;
  double mean = 0;
  double squares = 0;
  bool seen() const { return count > 0; }
  void add(double value) {
    ++count;
    if (count == 1) {
      mean = value;
      squares = std::isfinite(value) ? 0 : quiet_nan;
      return;
    }
    const double delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  double result() const { return squares / count; }
};

struct DeviationCell : VarianceCell {
  double result() const { return std::sqrt(VarianceCell::result()); }
};

struct MinimumCell {
  double value = 0;
  bool any = false;
  bool seen() const { return any; }
  void add(double sample) {
    if (!any || value > sample || std::isnan(value)) value = sample;
    any = true;
  }
  double result() const { return value; }
};

struct MaximumCell {
  double value = 0;
  bool any = false;
  bool seen() const { return any; }
  void add(double sample) {
    if (!any || value < sample || std::isnan(value)) value = sample;
    any = true;
  }
  double result() const { return value; }
};

struct CountCell {
  double count = 0;
  bool seen() const { return count > 0; }
  void add(double) { ++count; }
  double result() const { return count; }
};

struct GroupCell {
  bool any = false;
  bool seen() const { return any; }
  void add(double) { any = true; }
  double result() const { return 1; }
};

enum class HistogramUse : std::uint8_t { combined, counted, ignored };

template <class Cell, HistogramUse treatment>
class CellAccumulator : public Accumulator {
 public:
  CellAccumulator(AggregateOp op, std::size_t steps, Span span, Annotations& notes)
      : op_(op), steps_(steps), span_(span), notes_(notes) {}

  void add_group() override { cells_.resize(cells_.size() + steps_); }

  void add_row(std::size_t group, const double* values, const HistogramPtr* histograms,
               std::string_view metric) override {
    Cell* cells = cells_.data() + group * steps_;
    if (histograms == nullptr && sums_.empty()) {
      for (std::size_t s = 0; s < steps_; ++s)
        if (!is_absent(values[s])) cells[s].add(values[s]);
      return;
    }
    for (std::size_t s = 0; s < steps_; ++s) {
      if (is_absent(values[s]) || given_up(group * steps_ + s)) continue;
      if (histograms == nullptr || !histograms[s] || treatment == HistogramUse::counted)
        cells[s].add(values[s]);
      else if (treatment == HistogramUse::ignored)
        notes_.info(fmt::format("ignored histogram in {} aggregation", to_string(op_)), span_);
      else
        combine(group * steps_ + s, *histograms[s], metric);
    }
  }

  void finish(std::size_t group, Grid& grid, std::size_t row) override {
    for (std::size_t s = 0; s < steps_; ++s) {
      const std::size_t at = group * steps_ + s;
      const Cell& cell = cells_[at];
      const HistogramSum* sum = at < sums_.size() ? sums_[at].get() : nullptr;
      if (sum == nullptr) {
        if (cell.seen()) grid.set(row, s, cell.result());
        continue;
      }
      if (sum->bounds_reconciled())
        notes_.info("mismatched custom buckets were reconciled during aggregation", span_);
      if (cell.seen())
        notes_.warn("encountered a mix of histograms and floats for aggregation", span_);
      else
        finish_histogram(*sum, grid, row, s);
    }
  }

 private:
  // Histograms were found that do not go together; what follows them is not looked at.
  bool given_up(std::size_t at) const { return at < sums_.size() && sums_[at] && sums_[at]->incompatible(); }

  void combine(std::size_t at, const NativeHistogram& histogram, std::string_view metric) {
    sums_.resize(cells_.size());
    std::unique_ptr<HistogramSum>& sum = sums_[at];
    if (!sum) sum = std::make_unique<HistogramSum>(op_ == AggregateOp::avg);
    // After a float there will be no sum.
    if (sum->empty() && cells_[at].seen()) return;
    sum->add(histogram);
    if (sum->incompatible())
      notes_.warn(
          fmt::format("vector contains a mix of histograms with exponential and custom buckets schemas "
                      "for metric name {}",
                      quote(metric)),
          span_);
  }

  void finish_histogram(const HistogramSum& sum, Grid& grid, std::size_t row, std::size_t step) {
    if (sum.incompatible()) return;
    if (sum.reset_collision()) notes_.warn("conflicting counter resets during histogram aggregation", span_);
    NativeHistogram result = sum.result();
    compact(result);
    grid.set(row, step, std::make_shared<const NativeHistogram>(std::move(result)));
  }

  AggregateOp op_;
  std::size_t steps_;
  Span span_;
  Annotations& notes_;
  std::vector<Cell> cells_;
  std::vector<std::unique_ptr<HistogramSum>> sums_;  // up to the last group with a histogram
};

// Keeps all values, since a quantile needs them.
class QuantileAccumulator final : public Accumulator {
 public:
  QuantileAccumulator(std::size_t steps, std::vector<double> q, Span span, Annotations& notes)
      : steps_(steps), q_(std::move(q)), span_(span), notes_(notes) {}

  void add_group() override { values_.resize(values_.size() + steps_); }

  void add_row(std::size_t group, const double* values, const HistogramPtr* histograms,
               std::string_view) override {
    for (std::size_t s = 0; s < steps_; ++s) {
      if (is_absent(values[s])) continue;
      if (histograms != nullptr && histograms[s])
        notes_.info("ignored histogram in quantile aggregation", span_);
      else
        values_[group * steps_ + s].push_back(values[s]);
    }
  }

  void finish(std::size_t group, Grid& grid, std::size_t row) override {
    for (std::size_t s = 0; s < steps_; ++s) {
      std::vector<double>& values = values_[group * steps_ + s];
      if (!values.empty()) grid.set(row, s, quantile_of(q_[s], values));
    }
  }

 private:
  std::size_t steps_;
  std::vector<double> q_;
  Span span_;
  Annotations& notes_;
  std::vector<std::vector<double>> values_;
};

}  // namespace

std::unique_ptr<Accumulator> make_accumulator(AggregateOp op, std::size_t steps, std::vector<double> param,
                                              Span span, Annotations& notes) {
  switch (op) {
    case AggregateOp::sum:
      return std::make_unique<CellAccumulator<SumCell, HistogramUse::combined>>(op, steps, span, notes);
    case AggregateOp::avg:
      return std::make_unique<CellAccumulator<AverageCell, HistogramUse::combined>>(op, steps, span, notes);
    case AggregateOp::count:
      return std::make_unique<CellAccumulator<CountCell, HistogramUse::counted>>(op, steps, span, notes);
    case AggregateOp::group:
      return std::make_unique<CellAccumulator<GroupCell, HistogramUse::counted>>(op, steps, span, notes);
    case AggregateOp::min:
      return std::make_unique<CellAccumulator<MinimumCell, HistogramUse::ignored>>(op, steps, span, notes);
    case AggregateOp::max:
      return std::make_unique<CellAccumulator<MaximumCell, HistogramUse::ignored>>(op, steps, span, notes);
    case AggregateOp::stdvar:
      return std::make_unique<CellAccumulator<VarianceCell, HistogramUse::ignored>>(op, steps, span, notes);
    case AggregateOp::stddev:
      return std::make_unique<CellAccumulator<DeviationCell, HistogramUse::ignored>>(op, steps, span, notes);
    case AggregateOp::quantile:
      return std::make_unique<QuantileAccumulator>(steps, std::move(param), span, notes);
    default:
      return nullptr;
  }
}

}  // namespace aloft::telemetry::promql
