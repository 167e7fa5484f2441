// Folds rows of samples into groups, step by step, so that an aggregation never holds its whole input.
#pragma once

#include <memory>
#include <span>

#include "telemetry/promql/eval/grid.h"

namespace aloft::telemetry::promql {

// One aggregation; groups by number. One thread.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  // Makes room for one group more.
  virtual void add_group() = 0;
  // `histograms` is null when the row has none. `metric` names the row in warnings.
  virtual void add_row(std::size_t group, const double* values, const HistogramPtr* histograms,
                       std::string_view metric) = 0;
  // Writes the results of a group into a row.
  virtual void finish(std::size_t group, Grid& grid, std::size_t row) = 0;
};

// For every operator but topk, bottomk, limitk, limit_ratio and count_values. `param`: of quantile, by step.
std::unique_ptr<Accumulator> make_accumulator(AggregateOp op, std::size_t steps, std::vector<double> param,
                                              Span span, Annotations& notes);

}  // namespace aloft::telemetry::promql
