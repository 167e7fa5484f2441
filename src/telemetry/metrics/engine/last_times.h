// The newest sample time of every series of the head, and whether somebody observes the series: eight bytes
// each, read without a lock on the way in.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "telemetry/core/metric_batch.h"
#include "telemetry/metrics/head/series_table.h"

namespace aloft::telemetry::metrics {

// time() and observed() from any thread; changes are serialised by the owner. Times are cut to 62 bits.
class LastTimes {
 public:
  static constexpr Millis none = INT64_MIN / 4;
  LastTimes() = default;

  // Before the series is known to anybody else.
  void add(SeriesRef ref) {
    auto& page = pages_[ref / page_series];
    if (page.load(std::memory_order_acquire) == nullptr) {
      owned_[ref / page_series] = std::make_unique<Page>();
      page.store(owned_[ref / page_series].get(), std::memory_order_release);
    }
    slot(ref).store(none * 2, std::memory_order_relaxed);
  }
  Millis time(SeriesRef ref) const { return slot(ref).load(std::memory_order_relaxed) >> 1; }
  bool observed(SeriesRef ref) const { return (slot(ref).load(std::memory_order_relaxed) & 1) != 0; }
  // Gives whether the sample is the newest of its series, and remembers its time then.
  bool advance(SeriesRef ref, Millis to) {
    const std::int64_t now = slot(ref).load(std::memory_order_relaxed);
    if ((now >> 1) > to) return false;
    slot(ref).store(to * 2 | (now & 1), std::memory_order_relaxed);
    return true;
  }
  void set_observed(SeriesRef ref, bool observed) {
    const std::int64_t now = slot(ref).load(std::memory_order_relaxed);
    slot(ref).store((now & ~std::int64_t{1}) | (observed ? 1 : 0), std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t page_series = 8192;
  static constexpr std::size_t most_pages = 4096;  // 33 million series
  using Page = std::array<std::atomic<std::int64_t>, page_series>;
  std::atomic<std::int64_t>& slot(SeriesRef ref) const {
    return (*pages_[ref / page_series].load(std::memory_order_acquire))[ref % page_series];
  }

 public:
  static constexpr std::size_t most_series = page_series * most_pages;

 private:
  mutable std::array<std::atomic<Page*>, most_pages> pages_{};
  std::array<std::unique_ptr<Page>, most_pages> owned_;
};

}  // namespace aloft::telemetry::metrics
