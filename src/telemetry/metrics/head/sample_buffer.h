// Samples in memory between the log and the first run on disk: one flat array in the order of arrival,
// chained per series, so that a series costs four bytes here and not a buffer of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "telemetry/core/record_log.h"
#include "telemetry/metrics/head/series_table.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// One chain's end as of some moment. What is reachable from it never changes again.
using ChainEnd = std::uint32_t;
inline constexpr ChainEnd no_chain = UINT32_MAX;

// append() and end_of() under the owner's lock; read() from any thread at any time with an end that was taken
// under it.
class SampleBuffer {
 public:
  SampleBuffer(std::size_t capacity, std::uint64_t sequence, LogPosition log_begin);

  std::uint64_t sequence() const { return sequence_; }
  // Where the log's records of these samples begin at the earliest.
  LogPosition log_begin() const { return log_begin_; }

  // Room is set aside before the log is written, so that append() cannot fail. While writers are under way
  // the buffer is not moved to disk.
  bool reserve(std::size_t count);
  void unreserve(std::size_t count);  // the log refused
  void written() { --writers_; }
  bool has_writers() const { return writers_ > 0; }

  void append(SeriesRef ref, Millis time, double value, bool in_order);
  void append(SeriesRef ref, Millis time, HistogramPtr histogram, bool in_order);
  ChainEnd end_of(SeriesRef ref) const { return ref < ends_.size() ? ends_[ref] : no_chain; }
  std::size_t size() const { return count_; }
  std::size_t series_capacity() const { return ends_.size(); }
  // False once a sample came that is older than another of its series.
  bool in_order() const { return in_order_; }
  Millis min_time() const { return min_time_; }
  Millis max_time() const { return max_time_; }
  // As the entries are, in the order of arrival.
  Millis time_at(std::size_t entry) const { return entries_[entry].time; }

  // Appends the samples of from <= time <= to in the order of arrival. `ordered`: in_order() as of `end`.
  void read(ChainEnd end, bool ordered, Millis from, Millis to, Column& out) const;
  std::size_t memory() const;

 private:
  struct Entry {
    Millis time;
    double value;  // or the number of the histogram
    ChainEnd previous;
    std::uint32_t is_histogram;
  };
  static constexpr std::size_t page_histograms = 1024;
  using Page = std::array<HistogramPtr, page_histograms>;
  void push(SeriesRef ref, Entry entry, bool in_order);

  std::uint64_t sequence_;
  LogPosition log_begin_;
  std::size_t capacity_;
  std::size_t reserved_ = 0;
  std::size_t count_ = 0;
  int writers_ = 0;
  bool in_order_ = true;
  Millis min_time_ = INT64_MAX;
  Millis max_time_ = INT64_MIN;
  // Straight from the kernel: a page costs nothing before the first sample comes there, and all go back at
  // once when the buffer ends, whatever the allocator would keep.
  struct Unmap {
    std::size_t bytes;
    void operator()(Entry* entries) const;
  };
  std::unique_ptr<Entry[], Unmap> entries_;
  std::vector<ChainEnd> ends_;                     // by SeriesRef
  std::vector<std::unique_ptr<Page>> histograms_;  // as long as it will ever be
  std::size_t histogram_count_ = 0;
};

}  // namespace aloft::telemetry::metrics
