// Reading the store: what a selector and a span of time touch, cut into units that can be read in any order
// and on any thread, each giving rows in order of time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/logs/store/rows.h"
#include "telemetry/logs/store/token_filter.h"

namespace aloft::telemetry::logs {

struct ScanRequest {
  std::string tenant;
  std::vector<Matcher> matchers;
  std::int64_t start_ns = 0;  // included
  std::int64_t end_ns = 0;    // not included
  // Only rows whose line holds all of these are wanted; rows that do not may still come.
  std::vector<std::string> literals;
  // Only rows with these fields are wanted; rows without may still come.
  std::vector<std::pair<std::string, std::string>> fields;
};

// What one unit of a scan gave.
struct ScanRows {
  struct Run {
    std::size_t stream = 0;     // into Scan::streams()
    std::span<const Row> rows;  // in order of time, without duplicates
  };
  std::vector<Run> runs;
  // What was looked at, wanted or not.
  std::uint64_t rows_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_stored = 0;  // compressed
  bool skipped = false;            // a filter showed that nothing fits
  std::vector<std::shared_ptr<const void>> owners;
};

// One look at the store: what is written afterwards does not show. Immutable; read() from any thread.
class Scan {
 public:
  virtual ~Scan() = default;
  struct Unit {
    std::int64_t min_ns = 0, max_ns = 0;
    std::uint64_t raw_bytes = 0, rows = 0;  // at most
    bool in_head = false;
  };
  virtual const std::vector<Labels>& streams() const = 0;
  virtual const std::vector<Unit>& units() const = 0;
  // What there is of each stream, from the indexes alone, so whole pieces count where a part of them is
  // meant.
  struct Size {
    std::uint64_t raw_bytes = 0, rows = 0, pieces = 0;
  };
  virtual std::vector<Size> stream_sizes() const = 0;
  // Two units never give the same entry of a stream. Error: a damaged block, named.
  virtual Result<ScanRows> read(std::size_t unit) const = 0;
};

}  // namespace aloft::telemetry::logs
