// One side of a native histogram as index and count, which is easier to calculate with than spans.
#pragma once

#include <cstdint>
#include <vector>

#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::promql {

// A value. Indexes rise. `error` holds the rounding errors of the counts where a sum is carried along;
// otherwise it is empty.
struct Side {
  std::vector<std::int32_t> index;
  std::vector<double> count;
  std::vector<double> error;

  Side() = default;
  // Buckets that spans do not cover, and spans beyond the buckets, are left out.
  Side(const std::vector<NativeHistogram::Span>& spans, const std::vector<double>& buckets);
  Side(const std::vector<NativeHistogram::Span>& spans, const std::vector<double>& buckets,
       const std::vector<double>& errors);

  std::size_t size() const { return index.size(); }
  void push(std::int32_t at, double value) {
    index.push_back(at);
    count.push_back(value);
  }
  Side without_zeros() const;
  // Buckets merged to a lower resolution.
  Side reduced(std::int32_t from_schema, std::int32_t to_schema) const;
  void store(std::vector<NativeHistogram::Span>& spans, std::vector<double>& buckets) const;
};

}  // namespace aloft::telemetry::promql
