// Series being made of spans: a value for each interval, for each combination of labels. For the sources of
// this folder only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "telemetry/traces/traceql/engine.h"
#include "telemetry/traces/traceql/evaluate.h"

namespace aloft::telemetry::traces::traceql {

// The times of a query: intervals [begin + i * step, begin + (i + 1) * step).
struct Intervals {
  std::int64_t begin = 0;
  std::int64_t step = 1;
  std::size_t count = 0;
  // count when the time is outside.
  std::size_t at(std::int64_t time) const {
    if (time < begin) return count;
    const auto index = static_cast<std::size_t>((time - begin) / step);
    return std::min(index, count);
  }
  std::int64_t time_ms(std::size_t i) const {
    return (begin + static_cast<std::int64_t>(i) * step) / 1'000'000;
  }
};

// Gathers spans; one for each thread, merged afterwards.
class SeriesGatherer {
 public:
  SeriesGatherer(const Query& query, const MetricsRequest& request, const Intervals& intervals);
  // Every span of the sets whose start lies in the time.
  void add(const TraceView& trace, const std::vector<Spanset>& sets);
  void merge(SeriesGatherer&& other);
  bool overflowed() const { return overflowed_; }
  std::vector<Series> finish() const;

 private:
  struct Cells {
    NamedValues labels;
    std::vector<double> counts;
    std::vector<double> values;                    // sums, least or greatest values
    std::map<int, std::vector<double>> histogram;  // by bucket
    std::vector<SeriesExemplar> exemplars;
    double unit = 1;  // of measured values, to whole numbers
  };
  void add_measure(const TraceView& trace, std::uint32_t span, std::size_t interval);
  void add_compare(const TraceView& trace, std::uint32_t span, std::size_t interval);
  void count_attribute(bool selected, std::string_view attribute, const AttributeValue& value,
                       std::size_t interval);
  Cells* cells_for(const TraceView& trace, std::uint32_t span);
  void put(Cells& cells, std::size_t interval, double value);
  void finish_plain(const Cells& cells, std::vector<Series>& out) const;
  void finish_quantiles(const Cells& cells, std::vector<Series>& out) const;
  void finish_histogram(const Cells& cells, std::vector<Series>& out) const;
  void finish_compare(std::vector<Series>& out) const;
  Series series_of(const NamedValues& labels, const std::vector<double>& values) const;

  const MetricsStage& stage_;
  const MetricsRequest& request_;
  Intervals intervals_;
  std::map<std::string, Cells> cells_;
  bool overflowed_ = false;
  std::size_t exemplars_ = 0;

  // compare(): group, attribute, value.
  struct Counted {
    AttributeValue value;
    std::vector<double> counts;
    double total = 0;
  };
  struct Compared {
    std::map<std::string, Counted> values;
    std::vector<double> totals;
    bool overflowed = false;
  };
  std::map<std::string, Compared> compared_[2];  // baseline, selection; by attribute
};

// topk, bottomk and comparisons.
void apply_stages(const std::vector<SeriesStage>& stages, std::vector<Series>& series);

}  // namespace aloft::telemetry::traces::traceql
