// Where range and instant selectors get the samples of their series from: the storage, or the result of a
// subquery.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "telemetry/promql/eval/grid.h"

namespace aloft::telemetry::promql {

// The samples of one series in rising time, floats apart from histograms, without staleness markers. Points
// into a SampleBuffer.
struct Samples {
  std::span<const Millis> times;
  std::span<const double> values;
  std::span<const Millis> starts;  // empty when unknown
  std::span<const Millis> histogram_times;
  std::span<const HistogramPtr> histograms;
  std::span<const Millis> histogram_starts;
  std::size_t size() const { return times.size() + histogram_times.size(); }
};

// How many samples limits and statistics take them for.
std::size_t sample_size(const Samples& samples);

// Memory that one thread reads series into, one after another.
struct SampleBuffer {
  metrics::Column column;
  metrics::Column histograms;
};

// Drops staleness markers and parts the kinds. `stats_only`: histograms keep count and sum, and are told
// whether the counter was reset before them.
Samples split_column(SampleBuffer& buffer, bool stats_only);

class SeriesSource {
 public:
  virtual ~SeriesSource() = default;
  virtual std::size_t size() const = 0;
  virtual LabelsView labels(std::size_t series) const = 0;
  virtual bool drop_name(std::size_t) const { return false; }
  // From any thread, with its own buffer; valid until the buffer's next use.
  virtual Result<Samples> read(std::size_t series, SampleBuffer& buffer) const = 0;
  // Series differ by more than their names.
  virtual bool unique_without_name() const = 0;
};

// Series of the storage between two times.
class StorageSource final : public SeriesSource {
 public:
  StorageSource(const metrics::Selection& selection, Millis from, Millis to, bool stats_only, bool one_name)
      : selection_(selection), from_(from), to_(to), stats_only_(stats_only), one_name_(one_name) {}
  std::size_t size() const override { return selection_.size(); }
  LabelsView labels(std::size_t series) const override { return selection_.labels(series); }
  Result<Samples> read(std::size_t series, SampleBuffer& buffer) const override;
  bool unique_without_name() const override { return one_name_ || selection_.size() < 2; }
  // As the storage has them, for instant selectors, which staleness markers end.
  Result<> read_raw(std::size_t series, metrics::Column& column) const {
    return selection_.read(series, from_, to_, column);
  }
  bool stats_only() const { return stats_only_; }

 private:
  const metrics::Selection& selection_;
  Millis from_;
  Millis to_;
  bool stats_only_;
  bool one_name_;
};

// What a subquery gave.
class GridSource final : public SeriesSource {
 public:
  GridSource(Grid grid, Steps steps) : grid_(std::move(grid)), steps_(steps) {}
  std::size_t size() const override { return grid_.rows(); }
  LabelsView labels(std::size_t series) const override { return grid_.labels[series]; }
  bool drop_name(std::size_t series) const override { return grid_.drop_name[series] != 0; }
  Result<Samples> read(std::size_t series, SampleBuffer& buffer) const override;
  bool unique_without_name() const override { return grid_.unique_without_name; }

 private:
  Grid grid_;
  Steps steps_;
};

// Histograms with count and sum alone. Their reset hints come from comparing neighbours with all buckets.
void keep_stats_only(std::vector<HistogramPtr>& histograms);

}  // namespace aloft::telemetry::promql
