// Intermediate results: series by steps, one row of doubles each.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "telemetry/promql/eval/context.h"

namespace aloft::telemetry::promql {

// No sample at this step. Staleness markers end at the selectors, so their bits are free for it.
inline double absent() { return stale_nan(); }
inline bool is_absent(double value) { return is_stale(value); }

// Move-only. Labels point into selections or the arena of the query.
struct Grid {
  std::size_t steps = 0;
  std::vector<LabelsView> labels;
  std::vector<std::uint8_t> drop_name;   // the metric name goes at the end of the query
  std::vector<double> values;            // row by row; absent() where there is no sample, 0 for a histogram
  std::vector<HistogramPtr> histograms;  // empty while there are none, otherwise as long as `values`
  // Rows stay different when their metric names go.
  bool unique_without_name = false;
  Reservation reserved;

  std::size_t rows() const { return labels.size(); }
  double* row(std::size_t r) { return values.data() + r * steps; }
  const double* row(std::size_t r) const { return values.data() + r * steps; }
  HistogramPtr* histogram_row(std::size_t r) {
    return histograms.empty() ? nullptr : histograms.data() + r * steps;
  }
  const HistogramPtr* histogram_row(std::size_t r) const {
    return histograms.empty() ? nullptr : histograms.data() + r * steps;
  }
  bool has(std::size_t r, std::size_t step) const { return !is_absent(values[r * steps + step]); }
  const NativeHistogram* histogram(std::size_t r, std::size_t step) const {
    return histograms.empty() ? nullptr : histograms[r * steps + step].get();
  }
  void need_histograms() {
    if (histograms.empty()) histograms.resize(values.size());
  }
  void set(std::size_t r, std::size_t step, double value) { values[r * steps + step] = value; }
  void set(std::size_t r, std::size_t step, HistogramPtr histogram_value) {
    need_histograms();
    values[r * steps + step] = 0;
    histograms[r * steps + step] = std::move(histogram_value);
  }
  void clear(std::size_t r, std::size_t step) {
    values[r * steps + step] = absent();
    if (!histograms.empty()) histograms[r * steps + step] = nullptr;
  }

  // A row without samples. Error: invalid beyond the query's limit.
  Result<std::size_t> add_row(QueryContext& query, LabelsView set, bool drop);
  // Takes the rows of another grid of as many steps.
  Result<> append(QueryContext& query, Grid&& other);
  // Leaves out rows without samples.
  void remove_empty_rows();
  // Rows in another order, or fewer of them.
  void select_rows(const std::vector<std::size_t>& order);
};

Grid make_grid(std::size_t steps);
// One row without labels and the same value at every step.
Result<Grid> constant_grid(QueryContext& query, std::size_t steps, double value);

// Rows by their label sets.
class RowIndex {
 public:
  explicit RowIndex(Grid& grid) : grid_(grid) {}
  // The row of the labels; a new one when there is none.
  Result<std::size_t> row_for(QueryContext& query, LabelsView labels, bool drop_name);

 private:
  Grid& grid_;
  std::unordered_map<std::string_view, std::size_t> rows_;
};

// The labels without metric name, type and unit.
LabelsView without_metadata(QueryContext& query, LabelsView labels);
bool is_metadata_label(std::string_view name);

// `{__name__="up", job="a"}`: as messages name series.
std::string series_text(LabelsView labels);

// The metric names go: at once, or at the end of the query where it delays that.
void drop_names(QueryContext& query, Grid& grid);

// Rows of the same labels become one. Error: invalid where two have samples at the same step.
Result<> merge_same_labels(QueryContext& query, Grid& grid);
// Error: invalid when two rows have the same labels.
Result<> refuse_same_labels(const Grid& grid);
std::unexpected<Error> same_labels_error();

}  // namespace aloft::telemetry::promql
