// Evaluates a prepared expression at the steps of a query. Each kind of node has its own file.
#pragma once

#include <functional>

#include "telemetry/promql/eval/grid.h"
#include "telemetry/promql/eval/series_source.h"
#include "telemetry/promql/eval/window.h"

namespace aloft::telemetry::promql {

// Takes one part of a result after another, each with some of the rows and all of the steps.
using GridConsumer = std::function<Result<>(Grid&&)>;

// For one query and one set of steps; subqueries make their own. One thread, which hands series to
// ParallelFor.
class Evaluator {
 public:
  Evaluator(QueryContext& query, Steps steps, std::string_view function = {})
      : query_(query), steps_(steps), function_(function) {}

  // Of any type but string and matrix.
  Result<Grid> eval(const Expr& expr);
  // The samples of a range selector or subquery.
  Result<std::vector<Series>> eval_matrix(const Expr& expr);
  const Steps& steps() const { return steps_; }

 private:
  std::size_t count() const { return steps_.count(); }

  Result<Grid> eval_node(const Expr& expr);
  Result<Grid> eval_unary(const Unary& node);
  Result<Grid> eval_step_invariant(const StepInvariant& node);

  // selectors.cpp
  Result<const metrics::Selection*> select(const std::vector<Matcher>& matchers, Millis from, Millis to,
                                           Millis range);
  Result<std::unique_ptr<StorageSource>> storage_source(const VectorSelector& node, Millis from, Millis to,
                                                        Millis range);
  // What of a sample is asked for; times are in seconds.
  enum class Wanted : std::uint8_t { sample, time, start_time };
  Result<> stream_selector(const VectorSelector& node, Wanted wanted, const GridConsumer& consumer);
  Result<> stream_smoothed(const VectorSelector& node, const GridConsumer& consumer);
  // Evaluates rows of series in parallel and hands them on in the order of series.
  using RowFunction = std::function<Result<>(std::size_t series, std::size_t row, Grid& block,
                                             SampleBuffer& buffer, Annotations& notes)>;
  Result<> stream_rows(const SeriesSource& source, const RowFunction& function, const GridConsumer& consumer);
  Result<std::vector<Series>> raw_range(const MatrixSelector& node);
  // Gives the size of the samples at all steps.
  std::uint64_t instant_row(const VectorSelector& node, metrics::Column& column, std::size_t row, Grid& block,
                            Wanted wanted) const;
  void smoothed_row(const VectorSelector& node, const Samples& samples, LabelsView labels, std::size_t row,
                    Grid& block, Annotations& notes) const;
  // The time that a selector looks at for a step.
  Millis reference(const TimeModifiers& time, std::size_t step) const {
    return (time.at ? *time.at : steps_.at(step)) - time.offset;
  }
  Millis first_reference(const TimeModifiers& time) const { return reference(time, 0); }
  Millis last_reference(const TimeModifiers& time) const {
    return reference(time, count() == 0 ? 0 : count() - 1);
  }

  // range_functions.cpp
  static bool is_range_function(const Expr& expr);
  Result<> stream_range_function(const Call& call, const GridConsumer& consumer);
  Result<std::unique_ptr<SeriesSource>> range_source(const Expr& argument, RangeCall& range);
  Result<> range_row(const RangeCall& call, const SeriesSource& source, std::size_t series, std::size_t row,
                     Grid& block, SampleBuffer& buffer, Annotations& notes);
  Result<Grid> eval_range_function(const Call& call);
  Result<Grid> absent_over_time(const Call& call, const Grid& present);
  Steps subquery_steps(const Subquery& node) const;
  Result<Grid> eval_subquery(const Subquery& node, Steps& steps);

  // Selectors and functions over ranges in parts; everything else at once. Rows of functions that drop the
  // metric name still have it, and are marked.
  Result<> stream(const Expr& expr, const GridConsumer& consumer);

  // aggregations: aggregate.cpp, top_k.cpp
  Result<Grid> eval_aggregate(const Aggregate& node);
  Result<std::vector<double>> aggregate_param(const Aggregate& node);
  Result<Grid> eval_count_values(const Aggregate& node);
  Result<Grid> eval_k(const Aggregate& node);

  // operators: binary.cpp, vector_matching.cpp
  Result<Grid> eval_binary(const Binary& node);
  Result<Grid> vector_and_scalar(const Binary& node, Grid vector, const Grid& scalar, bool swapped);
  Result<Grid> set_operation(const Binary& node, Grid left, Grid right);

  // functions over instant vectors
  Result<Grid> eval_call(const Call& call);
  Result<Grid> eval_map(const Call& call);
  Result<Grid> eval_date(const Call& call);
  Result<Grid> eval_absent(const Call& call);
  Result<Grid> eval_scalar(const Call& call);
  Result<Grid> eval_timestamp(const Call& call);
  Result<Grid> eval_start_timestamp(const Call& call);
  Result<Grid> selector_grid(const VectorSelector& node, Wanted wanted);
  Result<Grid> eval_sort(const Call& call);
  Result<Grid> eval_label_replace(const Call& call);
  Result<Grid> eval_label_join(const Call& call);
  Result<Grid> eval_histogram_stat(const Call& call);
  Result<Grid> eval_histogram_quantile(const Call& call);
  Result<Grid> eval_info(const Call& call);

  QueryContext& query_;
  Steps steps_;
  // The function around what is evaluated, as a hint for the storage.
  std::string_view function_;
  // Functions around that need only count and sum of histograms, and nodes around that need all of them.
  int stats_around_ = 0;
  int buckets_around_ = 0;
};

// The text of a string argument.
const std::string& string_argument(const Call& call, std::size_t index);
// The labels that an expression would have if it had any series: those of its equality matchers.
LabelsView absent_labels(QueryContext& query, const Expr& expr);

}  // namespace aloft::telemetry::promql
