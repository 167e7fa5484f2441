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

inline constexpr std::string_view chunk_file_magic = "AlftTsd1";
inline constexpr std::size_t chunk_trailer_bytes = 8 + 4 + 4 + 4 + 8;  // offset, stored, raw, CRC, magic
inline constexpr std::size_t chunk_samples = 512;                      // at most
inline constexpr std::size_t group_bytes = 24 * 1024;                  // a group ends once it has so many
inline constexpr std::size_t group_limit_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t footer_limit_bytes = 1024 * 1024 * 1024;
// The first byte of a chunk of histograms; chunks of values never begin so.
inline constexpr std::uint8_t histogram_chunk = 0xf0;
inline constexpr std::uint32_t like_distance = 8;  // how far back a chunk may be predicted from
inline constexpr std::uint32_t like_depth = 16;    // how long a chain of predictions may be

// Where a group stands and what it holds.
struct GroupEntry {
  std::uint64_t first = 0;  // record or column
  std::uint64_t offset = 0;
  std::uint32_t stored = 0;
  std::uint32_t raw = 0;  // larger than `stored` when compressed
  std::uint32_t crc = 0;  // of the stored bytes
};

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
