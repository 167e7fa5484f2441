// The compressed form of the rows of one or several streams: columns of times, lines and fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/logs/store/line_codec.h"
#include "telemetry/logs/store/rows.h"

namespace aloft::telemetry::logs {

// `run_sizes` says how many rows follow one another of each stream; times count from the run's beginning.
std::string encode_rows(const std::vector<Row>& rows, const std::vector<std::uint32_t>& run_sizes, int level);

// Rows that own their bytes.
struct DecodedRows {
  std::vector<Row> rows;
  DecodedLines lines;
  std::string fields;
};

// Error: invalid for bytes that encode_rows() did not make of so many rows and raw bytes.
Result<std::unique_ptr<DecodedRows>> decode_rows(std::string_view encoded,
                                                 const std::vector<std::uint32_t>& run_sizes,
                                                 std::size_t raw_bytes);

// What a row counts for in sizes and limits: its line and its fields.
inline std::size_t raw_size(const Row& row) { return row.line.size() + row.fields.packed().size(); }

}  // namespace aloft::telemetry::logs
