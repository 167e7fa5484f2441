// Where selectors get the samples of their series from.
#include "telemetry/promql/eval/series_source.h"

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"

namespace aloft::telemetry::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

void drop_stale_floats(metrics::Column& column) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < column.times.size(); ++i) {
    if (is_stale(column.values[i])) continue;
    column.times[kept] = column.times[i];
    column.values[kept] = column.values[i];
    if (!column.start_times.empty()) column.start_times[kept] = column.start_times[i];
    ++kept;
  }
  column.times.resize(kept);
  column.values.resize(kept);
  if (!column.start_times.empty()) column.start_times.resize(kept);
}

bool has_stale(const std::vector<double>& values) {
  for (const double value : values)
    if (is_stale(value)) return true;
  return false;
}

// Histograms move to a column of their own; what stays are the floats.
void part_histograms(metrics::Column& column, metrics::Column& histograms) {
  histograms.clear();
  std::size_t kept = 0;
  const bool starts = !column.start_times.empty();
  for (std::size_t i = 0; i < column.times.size(); ++i) {
    if (column.histograms[i] != nullptr) {
      if (is_stale(column.histograms[i]->sum)) continue;
      histograms.times.push_back(column.times[i]);
      histograms.histograms.push_back(std::move(column.histograms[i]));
      if (starts) histograms.start_times.push_back(column.start_times[i]);
      continue;
    }
    column.times[kept] = column.times[i];
    column.values[kept] = column.values[i];
    if (starts) column.start_times[kept] = column.start_times[i];
    ++kept;
  }
  column.times.resize(kept);
  column.values.resize(kept);
  if (starts) column.start_times.resize(kept);
  column.histograms.clear();
}

}  // namespace

std::size_t sample_size(const Samples& samples) {
  std::size_t size = samples.times.size();
  for (const HistogramPtr& histogram : samples.histograms) size += sample_size(*histogram);
  return size;
}

void keep_stats_only(std::vector<HistogramPtr>& histograms) {
  HistogramPtr last;
  for (HistogramPtr& histogram : histograms) {
    if (!histogram) continue;
    NativeHistogram stats;
    stats.reset_hint = histogram->reset_hint;
    stats.schema = histogram->schema;
    stats.count = histogram->count;
    stats.sum = histogram->sum;
    if (!is_stale(histogram->sum)) {
      if (stats.reset_hint == ResetHint::unknown && last)
        stats.reset_hint = detect_reset(*histogram, *last) ? ResetHint::yes : ResetHint::no;
      last = std::move(histogram);
    }
    histogram = std::make_shared<const NativeHistogram>(std::move(stats));
  }
}

Samples split_column(SampleBuffer& buffer, bool stats_only) {
  metrics::Column& column = buffer.column;
  Samples samples;
  if (!column.histograms.empty()) {
    part_histograms(column, buffer.histograms);
    if (stats_only) keep_stats_only(buffer.histograms.histograms);
    samples.histogram_times = buffer.histograms.times;
    samples.histograms = buffer.histograms.histograms;
    samples.histogram_starts = buffer.histograms.start_times;
  }
  if (has_stale(column.values)) drop_stale_floats(column);
  samples.times = column.times;
  samples.values = column.values;
  samples.starts = column.start_times;
  return samples;
}

Result<Samples> StorageSource::read(std::size_t series, SampleBuffer& buffer) const {
  TRY_DO(selection_.read(series, from_, to_, buffer.column));
  return split_column(buffer, stats_only_);
}

Result<Samples> GridSource::read(std::size_t series, SampleBuffer& buffer) const {
  buffer.column.clear();
  buffer.histograms.clear();
  for (std::size_t step = 0; step < grid_.steps; ++step) {
    if (!grid_.has(series, step)) continue;
    const Millis time = steps_.at(step);
    if (grid_.histogram(series, step) == nullptr) {
      buffer.column.times.push_back(time);
      buffer.column.values.push_back(grid_.row(series)[step]);
      continue;
    }
    HistogramPtr histogram = grid_.histogram_row(series)[step];
    // A subquery may leave samples out or give them twice, so what a hint says of the one before is void.
    if (histogram->reset_hint == ResetHint::yes || histogram->reset_hint == ResetHint::no) {
      NativeHistogram unknown = *histogram;
      unknown.reset_hint = ResetHint::unknown;
      histogram = std::make_shared<const NativeHistogram>(std::move(unknown));
    }
    buffer.histograms.times.push_back(time);
    buffer.histograms.histograms.push_back(std::move(histogram));
  }
  Samples samples;
  samples.times = buffer.column.times;
  samples.values = buffer.column.values;
  samples.histogram_times = buffer.histograms.times;
  samples.histograms = buffer.histograms.histograms;
  return samples;
}

}  // namespace aloft::telemetry::promql
