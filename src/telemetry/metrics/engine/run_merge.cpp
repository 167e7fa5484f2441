// Each step takes the least series of all inputs.
#include "telemetry/metrics/engine/run_merge.h"

#include "telemetry/metrics/column_merge.h"

namespace aloft::telemetry::metrics {

RunMerge::RunMerge(const std::vector<RunPtr>& runs, SeriesOrderPtr order,
                   const std::vector<HiddenSeries>& hidden)
    : order_(std::move(order)), hidden_(hidden) {
  for (const RunPtr& run : runs) {
    inputs_.push_back({.run = run, .scan = ChunkFile::Scan(run->shared_file()), .at = 0});
  }
}

bool RunMerge::next(SeriesRef& ref, Column& column) {
  column.clear();
  std::uint32_t least = SeriesOrder::no_rank;
  bool any = false;
  for (const Input& input : inputs_) {
    if (input.at == input.run->series().size()) continue;
    const std::uint32_t rank = order_->of(input.run->series()[input.at]);
    if (any && rank >= least) continue;
    least = rank;
    ref = input.run->series()[input.at];
    any = true;
  }
  if (!any) return false;
  for (Input& input : inputs_) {
    if (input.at == input.run->series().size() || input.run->series()[input.at] != ref) continue;
    ++input.at;
    if (const auto read = input.scan.next(part_); !read) {
      damaged_.insert(input.run->file().path());
      if (first_damage_.empty()) first_damage_ = read.error().message();
      continue;
    }
    for (const HiddenSeries& hidden : hidden_) {
      if (hidden.sequence < input.run->meta().high || ref >= hidden.series.size() || !hidden.series[ref])
        continue;
      erase_range(part_, 0, hidden.from, hidden.to);
    }
    append_range(column, part_, 0, part_.size());
  }
  put_in_order(column);
  return true;
}

}  // namespace aloft::telemetry::metrics
