// Samples on their way in, from every protocol. A batch points into the bytes it came from, so that decoding
// a request of a million samples allocates next to nothing.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry {

using Millis = std::int64_t;  // since 1970-01-01T00:00:00Z

// The NaN that marks a series as stale (Prometheus value.StaleNaN) and the ordinary one.
inline constexpr std::uint64_t stale_nan_bits = 0x7ff0000000000002;
inline constexpr std::uint64_t normal_nan_bits = 0x7ff8000000000001;
inline bool is_stale(double value) { return std::bit_cast<std::uint64_t>(value) == stale_nan_bits; }
inline double stale_nan() { return std::bit_cast<double>(stale_nan_bits); }

enum class MetricType : std::uint8_t {
  unknown,
  counter,
  gauge,
  histogram,
  gauge_histogram,
  summary,
  info,
  stateset
};
std::string_view to_string(MetricType type);  // "counter", "gaugehistogram", ...

struct SampleRef {
  // The label fields as they came: canonical or not; the store checks what it has not seen yet.
  std::string_view labels;
  Millis time = 0;
  double value = 0;
};
struct HistogramRef {
  std::string_view labels;
  Millis time = 0;
  HistogramPtr histogram;
};
// Where the counting of a sample of this batch began. Before the sample comes a zero at that time, if the
// series has nothing that new (Prometheus' created-timestamp-zero-ingestion).
struct StartRef {
  std::string_view labels;
  Millis start = 0;
  Millis time = 0;       // of the sample
  HistogramPtr pattern;  // the sample itself, where it is a histogram: the zero has its shape
};
struct ExemplarRef {
  std::string_view series;  // label fields of the series
  Labels labels;            // its own, such as trace_id
  double value = 0;
  Millis time = 0;
};
struct MetricMetadata {
  std::string family;
  MetricType type = MetricType::unknown;
  std::string help;
  std::string unit;
};

// Move-only by use. The views point into buffers that `keep` owns.
struct MetricBatch {
  std::vector<SampleRef> samples;
  std::vector<HistogramRef> histograms;
  std::vector<StartRef> starts;
  std::vector<ExemplarRef> exemplars;
  std::vector<MetricMetadata> metadata;
  std::deque<std::string> keep;  // a deque: growing moves no string
  std::string tenant;            // empty: the default one

  // Keeps bytes as long as the batch and gives a view of them.
  std::string_view own(std::string bytes) { return keep.emplace_back(std::move(bytes)); }
  bool empty() const {
    return samples.empty() && histograms.empty() && exemplars.empty() && metadata.empty();
  }
};

}  // namespace aloft::telemetry
