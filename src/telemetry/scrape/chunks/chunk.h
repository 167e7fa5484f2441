// Prometheus' chunks: samples of a series in few bits, as remote read streams them. Floats (XOR) and float
// histograms are written; integer histograms are read too. Source: tsdb/docs/format/chunks.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::scrape {

// As prometheus.Chunk names them.
enum class ChunkEncoding : std::uint8_t { unknown = 0, floats = 1, histogram = 2, float_histogram = 3 };

struct Chunk {
  Millis from = 0, to = 0;  // times of the first and the last sample
  ChunkEncoding encoding = ChunkEncoding::unknown;
  std::string data;
};

// A column's samples, in chunks of at most 120.
std::vector<Chunk> encode_chunks(const metrics::Column& column);

// Appends the chunk's samples. Error: bad_request for damaged bytes or an encoding that is not known.
Result<> decode_chunk(ChunkEncoding encoding, std::string_view data, metrics::Column& out);

}  // namespace aloft::telemetry::scrape
