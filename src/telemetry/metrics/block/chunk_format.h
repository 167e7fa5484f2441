// What writer and reader of chunk files share. A chunk file holds the samples of many series, in one order,
// as groups: a group is a run of records (one a series) with a CRC, compressed where that pays. Columns of
// times are kept once, in groups of their own, because the series of one target share them. The footer at the
// end lists the groups.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::metrics {

inline constexpr std::size_t chunk_samples = 512;  // at most
// The first byte of a chunk of histograms; chunks of values never begin so.
inline constexpr std::uint8_t histogram_chunk = 0xf0;
inline constexpr std::uint32_t like_distance = 8;  // how far back a chunk may be predicted from
inline constexpr std::uint32_t like_depth = 16;    // how long a chain of predictions may be

// Records of one series in the data of a block of lower resolution: one for each of its rows.
inline constexpr std::size_t row_count = 5;

struct ChunkFileTotals {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::uint64_t chunks = 0;
  std::uint64_t columns = 0;  // of times
  Millis min_time = 0;
  Millis max_time = 0;
  std::uint64_t bytes = 0;  // of the file
};

}  // namespace aloft::telemetry::metrics
