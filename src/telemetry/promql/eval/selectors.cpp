// Evaluates selectors: the samples of series in storage at the steps of a query.
#include <algorithm>

#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/eval/extended.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

// Few enough cells for a thread's cache, many enough rows to be worth a thread.
constexpr std::size_t cells_in_block = 16 * 1024;
constexpr std::size_t most_rows_in_block = 512;

bool names_one_metric(const std::vector<Matcher>& matchers) {
  return std::any_of(matchers.begin(), matchers.end(), [](const Matcher& matcher) {
    return matcher.name() == metric_name_label && matcher.type() == MatchType::equal;
  });
}

}  // namespace

Result<const metrics::Selection*> Evaluator::select(const std::vector<Matcher>& matchers, Millis from,
                                                    Millis to, Millis range) {
  metrics::SelectHints hints;
  hints.step = steps_.single() ? 0 : steps_.interval;
  hints.range = range;
  hints.function = std::string(function_);
  hints.series_limit = query_.options.max_series;
  auto selected = query_.storage.select(from, to, matchers, hints);
  if (!selected) return fail(std::move(selected.error().at("expanding series")));
  for (std::string& warning : (*selected)->warnings()) query_.notes.warn(std::move(warning), Span());
  query_.series += (*selected)->size();
  query_.selections.push_back(std::move(*selected));
  return query_.selections.back().get();
}

Result<std::unique_ptr<StorageSource>> Evaluator::storage_source(const VectorSelector& node, Millis from,
                                                                 Millis to, Millis range) {
  TRY(selection, select(node.matchers, from, to, range));
  return std::make_unique<StorageSource>(*selection, from, to, stats_around_ > 0 && buckets_around_ == 0,
                                         names_one_metric(node.matchers));
}

Result<> Evaluator::stream_rows(const SeriesSource& source, const RowFunction& function,
                                const GridConsumer& consumer) {
  const std::size_t rows = std::clamp<std::size_t>(cells_in_block / count(), 1, most_rows_in_block);
  const std::size_t blocks = (source.size() + rows - 1) / rows;
  const std::size_t wave = query_.parallel.width() == 1 ? 1 : query_.parallel.width() * 4;
  std::vector<SampleBuffer> buffers(std::min(wave, blocks));
  for (std::size_t first = 0; first < blocks; first += wave) {
    TRY_DO(query_.check_running());
    const std::size_t number = std::min(wave, blocks - first);
    std::vector<Grid> grids(number);
    std::vector<Annotations> notes(number);
    std::vector<Result<>> results(number);
    query_.parallel.run(number, [&](std::size_t i) {
      const std::size_t begin = (first + i) * rows;
      const std::size_t end = std::min(source.size(), begin + rows);
      grids[i].steps = count();
      grids[i].labels.reserve(end - begin);
      grids[i].values.reserve((end - begin) * count());
      for (std::size_t s = begin; s < end && results[i]; ++s) {
        auto row = grids[i].add_row(query_, source.labels(s), source.drop_name(s));
        results[i] = row ? function(s, *row, grids[i], buffers[i], notes[i]) : fail(row.error());
      }
      grids[i].remove_empty_rows();
      grids[i].unique_without_name = source.unique_without_name();
    });
    for (std::size_t i = 0; i < number; ++i) {
      TRY_DO(std::move(results[i]));
      query_.notes.merge(std::move(notes[i]));
      TRY_DO(consumer(std::move(grids[i])));
    }
  }
  return {};
}

std::uint64_t Evaluator::instant_row(const VectorSelector& node, metrics::Column& column, std::size_t row,
                                     Grid& block, Wanted wanted) const {
  std::uint64_t samples = 0;
  const bool histograms = !column.histograms.empty();
  std::size_t next = 0;
  double* out = block.row(row);
  for (std::size_t step = 0; step < block.steps; ++step) {
    const Millis at = reference(node.time, step);
    while (next < column.times.size() && column.times[next] <= at) ++next;
    if (next == 0 || column.times[next - 1] <= at - query_.lookback) continue;
    const std::size_t i = next - 1;
    if (histograms && column.histograms[i]) {
      if (is_stale(column.histograms[i]->sum)) continue;
      samples += wanted == Wanted::sample ? sample_size(*column.histograms[i]) : 1;
      if (wanted == Wanted::sample) {
        block.set(row, step, column.histograms[i]);
        out = block.row(row);
        continue;
      }
    } else if (is_stale(column.values[i])) {
      continue;
    } else {
      ++samples;
    }
    if (wanted == Wanted::sample)
      out[step] = column.values[i];
    else if (wanted == Wanted::time)
      out[step] = static_cast<double>(column.times[i]) / 1000;
    else
      out[step] = column.start_times.empty() ? 0 : static_cast<double>(column.start_times[i]) / 1000;
  }
  return samples;
}

void Evaluator::smoothed_row(const VectorSelector& node, const Samples& samples, LabelsView labels,
                             std::size_t row, Grid& block, Annotations& notes) const {
  for (std::size_t step = 0; step < block.steps; ++step) {
    const Millis at = reference(node.time, step);
    const auto inside = [&](std::span<const Millis> times) {
      const auto begin = std::upper_bound(times.begin(), times.end(), at - query_.lookback);
      const auto end = std::upper_bound(begin, times.end(), at + query_.lookback);
      return std::pair(static_cast<std::size_t>(begin - times.begin()),
                       static_cast<std::size_t>(end - begin));
    };
    const auto [float_begin, floats] = inside(samples.times);
    const auto [histogram_begin, histograms] = inside(samples.histogram_times);
    if (floats > 0 && histograms > 0) {
      notes.warn(fmt::format("encountered a mix of histograms and floats for metric name {}",
                             quote(labels.metric_name())),
                 node.span);
      continue;
    }
    if (floats == 0 && histograms == 0) continue;
    const auto times = floats > 0 ? samples.times.subspan(float_begin, floats)
                                  : samples.histogram_times.subspan(histogram_begin, histograms);
    const auto i = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), at) - times.begin());
    const bool exact = i < times.size() && times[i] == at;
    if (!exact && i == 0) continue;
    if (floats > 0) {
      const auto values = samples.values.subspan(float_begin, floats);
      double value = exact ? values[i] : values[i - 1];
      if (!exact && i < times.size())
        value = interpolate_floats({times[i - 1], values[i - 1]}, {times[i], values[i]}, at, false);
      block.set(row, step, value);
      continue;
    }
    const auto points = samples.histograms.subspan(histogram_begin, histograms);
    std::optional<NativeHistogram> value = exact ? *points[i] : *points[i - 1];
    if (!exact && i < times.size()) {
      if (uses_custom_buckets(*points[i - 1]) != uses_custom_buckets(*points[i])) {
        notes.warn(
            fmt::format("vector contains a mix of histograms with exponential and custom buckets schemas "
                        "for metric name {}",
                        quote(labels.metric_name())),
            node.span);
        continue;
      }
      const auto gauge = NativeHistogram::ResetHint::gauge;
      const bool counter = points[i - 1]->reset_hint != gauge || points[i]->reset_hint != gauge;
      value = interpolate_histograms({times[i - 1], points[i - 1].get()}, {times[i], points[i].get()}, at,
                                     counter, notes, node.span, labels.metric_name());
    } else if (!exact) {
      value->reset_hint = NativeHistogram::ResetHint::unknown;
    }
    if (value) block.set(row, step, std::make_shared<const NativeHistogram>(std::move(*value)));
  }
}

Result<> Evaluator::stream_smoothed(const VectorSelector& node, const GridConsumer& consumer) {
  const Millis from = first_reference(node.time) - query_.lookback + 1;
  const Millis to = last_reference(node.time) + query_.lookback;
  TRY(source, storage_source(node, from, to, 0));
  const auto row = [&](std::size_t series, std::size_t at, Grid& block, SampleBuffer& buffer,
                       Annotations& notes) -> Result<> {
    TRY(samples, source->read(series, buffer));
    smoothed_row(node, samples, source->labels(series), at, block, notes);
    return {};
  };
  return stream_rows(*source, row, consumer);
}

Result<> Evaluator::stream_selector(const VectorSelector& node, Wanted wanted, const GridConsumer& consumer) {
  if (node.smoothed && wanted == Wanted::sample) return stream_smoothed(node, consumer);
  TRY(source,
      storage_source(node, first_reference(node.time) - query_.lookback + 1, last_reference(node.time), 0));
  const auto row = [&](std::size_t series, std::size_t at, Grid& block, SampleBuffer& buffer,
                       Annotations&) -> Result<> {
    TRY_DO(source->read_raw(series, buffer.column));
    if (source->stats_only()) keep_stats_only(buffer.column.histograms);
    const std::uint64_t samples = instant_row(node, buffer.column, at, block, wanted);
    query_.count_samples(samples, samples);
    return {};
  };
  return stream_rows(*source, row, consumer);
}

Result<std::vector<Series>> Evaluator::raw_range(const MatrixSelector& node) {
  const VectorSelector& selector = node.vector();
  const Millis to = first_reference(selector.time);
  const Millis from = to - node.range;
  const bool extended = selector.anchored || selector.smoothed;
  const Millis read_from = from + 1 - (extended ? query_.lookback : 0);
  const Millis read_to = to + (selector.smoothed ? query_.lookback : 0);
  TRY(source, storage_source(selector, read_from, read_to, node.range));
  std::vector<Series> out;
  Reservation reserved;
  SampleBuffer buffer;
  for (std::size_t s = 0; s < source->size(); ++s) {
    if (s % 64 == 0) TRY_DO(query_.check_running());
    TRY(samples, source->read(s, buffer));
    TRY_DO(reserved.grow(query_.budget, samples.size()));
    const std::uint64_t size = sample_size(samples);
    query_.count_samples(size, size);
    Series series;
    if (extended) {
      if (!samples.histograms.empty())
        return fail(Code::invalid, fmt::format("{} modifier is not supported with histograms",
                                               selector.anchored ? "anchored" : "smoothed"));
      for (const FloatPoint& point :
           extend_floats(samples.times, samples.values, from, to, selector.smoothed))
        series.points.push_back({point.time, point.value, nullptr});
    } else {
      std::size_t f = 0;
      std::size_t h = 0;
      while (f < samples.times.size() || h < samples.histogram_times.size()) {
        const bool is_float = h == samples.histogram_times.size() ||
                              (f < samples.times.size() && samples.times[f] < samples.histogram_times[h]);
        if (is_float) {
          series.points.push_back({samples.times[f], samples.values[f], nullptr});
          ++f;
        } else {
          series.points.push_back({samples.histogram_times[h], 0, samples.histograms[h]});
          ++h;
        }
      }
    }
    if (series.points.empty()) continue;
    series.labels = Labels(source->labels(s));
    out.push_back(std::move(series));
  }
  return out;
}

}  // namespace aloft::telemetry::promql
