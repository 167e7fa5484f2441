// Buckets are aligned to 1970.
#include "telemetry/metrics/engine/downsample.h"

#include <algorithm>

#include "telemetry/metrics/column_merge.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr Millis coarse = 5;        // buckets in a step
constexpr Millis rate_buckets = 4;  // buckets in the window of a function over the thinned row

Millis bucket_end(Millis time, Millis resolution) {
  const Millis rest = ((time % resolution) + resolution) % resolution;
  return rest == 0 ? time : time - rest + resolution;
}

bool is_histogram(const Column& column, std::size_t at) {
  return !column.histograms.empty() && column.histograms[at] != nullptr;
}

// A series that falls this often is no counter; keeping all its falls would keep most of it.
bool falls_often(const Column& raw) {
  std::size_t falls = 0;
  for (std::size_t i = 1; i < raw.size(); ++i) {
    if (raw.values[i] < raw.values[i - 1]) ++falls;
  }
  return falls > 2 + raw.size() / 10;
}

void thin(const Column& raw, Millis resolution, Column& out) {
  const bool gauge = falls_often(raw);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool last = i + 1 == raw.size();
    const bool ends_bucket =
        last || bucket_end(raw.times[i], resolution) != bucket_end(raw.times[i + 1], resolution);
    const bool before_stale = !last && is_stale(raw.values[i + 1]);
    const bool falls = !gauge && ((i > 0 && raw.values[i] < raw.values[i - 1]) ||
                                  (!last && raw.values[i + 1] < raw.values[i]));
    if (i == 0 || ends_bucket || before_stale || falls || is_stale(raw.values[i])) append_sample(out, raw, i);
  }
}

std::uint64_t record(std::uint64_t series, Row row) {
  return series * row_count + static_cast<std::uint64_t>(row);
}

Result<> read_spread(const ChunkFile& file, std::uint64_t series, Millis resolution, Millis from, Millis to,
                     ReadScratch& scratch, Column& out) {
  Column counts, sums;
  TRY_DO(file.read(record(series, Row::count), from, to, scratch, counts));
  TRY_DO(file.read(record(series, Row::sum), from, to, scratch, sums));
  if (counts.times != sums.times)
    return fail(Code::internal, file.path() + ": damaged: rows of unlike length");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double mean = sums.values[i] / counts.values[i];
    // No more than one a millisecond fits into a bucket.
    const auto count =
        static_cast<Millis>(std::clamp(counts.values[i], 0.0, static_cast<double>(resolution)));
    for (Millis k = 1; k <= count; ++k) {
      out.times.push_back(counts.times[i] - resolution + resolution * k / count);
      out.values.push_back(mean);
    }
  }
  if (!out.histograms.empty()) out.histograms.resize(out.values.size());
  return {};
}

Result<> read_shape(const ChunkFile& file, std::uint64_t series, Millis resolution, Millis from, Millis to,
                    ReadScratch& scratch, Column& out) {
  Column rows[4];
  constexpr Row wanted[] = {Row::count, Row::sum, Row::least, Row::greatest};
  for (std::size_t i = 0; i < std::size(wanted); ++i)
    TRY_DO(file.read(record(series, wanted[i]), from, to, scratch, rows[i]));
  const auto& [counts, sums, least, greatest] = rows;
  if (counts.times != sums.times || counts.times != least.times || counts.times != greatest.times)
    return fail(Code::internal, file.path() + ": damaged: rows of unlike length");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto count =
        static_cast<Millis>(std::clamp(counts.values[i], 0.0, static_cast<double>(resolution)));
    const double middle =
        count > 2 ? (sums.values[i] - least.values[i] - greatest.values[i]) / static_cast<double>(count - 2)
                  : 0;
    for (Millis k = 1; k <= count; ++k) {
      out.times.push_back(counts.times[i] - resolution + resolution * k / count);
      out.values.push_back(k == 1 ? least.values[i] : k == count ? greatest.values[i] : middle);
    }
  }
  if (!out.histograms.empty()) out.histograms.resize(out.values.size());
  return {};
}

}  // namespace

Answer answer_for(std::string_view function) {
  if (function == "min_over_time") return Answer::least;
  if (function == "max_over_time") return Answer::greatest;
  if (function == "sum_over_time") return Answer::sum;
  if (function == "avg_over_time" || function == "count_over_time") return Answer::spread;
  for (const std::string_view shaped :
       {"quantile_over_time", "stddev_over_time", "stdvar_over_time", "mad_over_time"}) {
    if (function == shaped) return Answer::shape;
  }
  return Answer::thinned;
}

bool rows_are_enough(const SelectHints& hints, Millis resolution, Millis to) {
  if (hints.step < coarse * resolution) return false;
  const Answer answer = answer_for(hints.function);
  if (answer == Answer::shape) return false;
  if (answer == Answer::thinned) {
    const std::string_view name = hints.function;
    const bool counts = name == "rate" || name == "increase" || name == "resets";
    const bool latest = name.empty() || name == "last_over_time";
    return (counts && hints.range >= rate_buckets * resolution) || (latest && hints.range >= resolution);
  }
  return hints.range >= resolution && hints.range % resolution == 0 && hints.step % resolution == 0 &&
         to % resolution == 0;
}

bool rows_estimate(const SelectHints& hints, Millis resolution) {
  constexpr Millis lookback = 300'000;
  if (hints.range == 0) return resolution > lookback;
  if (answer_for(hints.function) == Answer::shape || hints.range < resolution) return true;
  for (const std::string_view within : {"changes", "irate", "idelta", "deriv", "predict_linear",
                                        "holt_winters", "double_exponential_smoothing", "ts_of_min_over_time",
                                        "ts_of_max_over_time", "first_over_time", "ts_of_first_over_time"}) {
    if (hints.function == within) return true;
  }
  const bool pairs = hints.function == "rate" || hints.function == "increase" || hints.function == "delta";
  return pairs && hints.range < rate_buckets * resolution;
}

void make_rows(const Column& raw, Millis resolution, Rows& rows) {
  rows.resize(row_count);
  for (Column& row : rows) row.clear();
  const auto at = [&rows](Row row) -> Column& { return rows[static_cast<std::size_t>(row)]; };
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (is_stale(raw.values[i]) || is_histogram(raw, i)) continue;
    const double value = raw.values[i];
    const Millis end = bucket_end(raw.times[i], resolution);
    if (at(Row::count).times.empty() || bucket_end(at(Row::count).times.back(), resolution) != end) {
      // A millisecond early, because the sample that ends the last bucket of one block begins the next block.
      const Millis stamp = std::max(end - 1, raw.times[i]);
      for (const Row row : {Row::count, Row::sum, Row::least, Row::greatest}) {
        at(row).times.push_back(stamp);
        at(row).values.push_back(row == Row::count ? 1 : value);
      }
      continue;
    }
    at(Row::count).values.back() += 1;
    at(Row::sum).values.back() += value;
    // As the functions do: a number wins over a NaN.
    double& least = at(Row::least).values.back();
    if (value < least || least != least) least = value;
    double& greatest = at(Row::greatest).values.back();
    if (value > greatest || greatest != greatest) greatest = value;
  }
  thin(raw, resolution, at(Row::thinned));
}

Result<> read_rows(const ChunkFile& file, std::uint64_t series, Answer answer, Millis resolution, Millis from,
                   Millis to, ReadScratch& scratch, Column& out) {
  switch (answer) {
    case Answer::least:
      return file.read(record(series, Row::least), from, to, scratch, out);
    case Answer::greatest:
      return file.read(record(series, Row::greatest), from, to, scratch, out);
    case Answer::sum:
      return file.read(record(series, Row::sum), from, to, scratch, out);
    case Answer::spread:
      return read_spread(file, series, resolution, from, to, scratch, out);
    case Answer::shape:
      return read_shape(file, series, resolution, from, to, scratch, out);
    case Answer::thinned:
      break;
  }
  return file.read(record(series, Row::thinned), from, to, scratch, out);
}

}  // namespace aloft::telemetry::metrics
