// Where the query language and the storage meet: select the series that matchers name, then read columns of
// samples, many series at once from many threads.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::metrics {

// Samples of one series in rising time. `histograms` is empty when all are floats; otherwise it is as long
// as `times`, and null where the sample is a float. `start_times` is empty, or as long as `times` with the
// time from which each sample counts (start timestamp); 0 where it is unknown.
struct Column {
  std::vector<Millis> times;
  std::vector<double> values;
  std::vector<HistogramPtr> histograms;
  std::vector<Millis> start_times;
  void clear() {
    times.clear();
    values.clear();
    histograms.clear();
    start_times.clear();
  }
  std::size_t size() const { return times.size(); }
};

// What the reader will do with the samples, so that the storage may choose (downsampled) data to read.
struct SelectHints {
  Millis step = 0;               // of a range query; 0: none
  Millis range = 0;              // the window of the function; 0: an instant selector
  std::string function;          // "rate", "max_over_time", "" ...
  std::size_t series_limit = 0;  // 0: the storage's own
};

// A fixed set of series, sorted by their labels. It keeps what it needs alive, so storage may move on.
class Selection {
 public:
  virtual ~Selection() = default;
  virtual std::size_t size() const = 0;
  // Valid as long as the selection.
  virtual LabelsView labels(std::size_t series) const = 0;
  // Replaces `out` with the samples of from <= time <= to, stale markers included. Different series from
  // different threads at once. Error: internal for damaged data, naming the block.
  virtual Result<> read(std::size_t series, Millis from, Millis to, Column& out) const = 0;
  // What who asked should know of the samples: a server that did not answer, rows that cannot tell what was
  // asked.
  virtual std::vector<std::string> warnings() const { return {}; }
};

struct ExemplarSeries {
  Labels labels;
  struct Item {
    Labels labels;
    double value = 0;
    Millis time = 0;
  };
  std::vector<Item> exemplars;
};

// Every call from any thread; calls block on disk and belong on a pool thread. Times are inclusive.
class Queryable {
 public:
  virtual ~Queryable() = default;
  // Error: too_large beyond the series limit, naming it.
  virtual Result<std::unique_ptr<Selection>> select(Millis from, Millis to, std::span<const Matcher> matchers,
                                                    const SelectHints& hints) const = 0;
  // Names and values in use, sorted; `limit` 0: all.
  virtual Result<std::vector<std::string>> label_names(Millis from, Millis to,
                                                       std::span<const Matcher> matchers,
                                                       std::size_t limit) const = 0;
  virtual Result<std::vector<std::string>> label_values(std::string_view name, Millis from, Millis to,
                                                        std::span<const Matcher> matchers,
                                                        std::size_t limit) const = 0;
  virtual Result<std::vector<ExemplarSeries>> exemplars(
      Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const = 0;
};

}  // namespace aloft::telemetry::metrics
