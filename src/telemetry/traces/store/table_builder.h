// Makes a table of spans out of a batch, and one table out of several.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/table.h"

namespace aloft::telemetry::traces {

struct AttributeLimits {
  std::size_t value_bytes = 8 * 1024;  // longer strings are cut; longer lists, maps and bytes are dropped
  std::size_t key_bytes = 512;
  std::size_t per_item = 512;  // attributes of one span, event or link
  std::size_t events = 1024;   // of one span; likewise links
};
// What limits did to a batch.
struct Trimmed {
  std::uint64_t cut = 0;      // values that were shortened
  std::uint64_t dropped = 0;  // attributes, events and links that were left out
};

// The spans of `batch` for which `take` gives true (empty: all), in order of trace and start. Text that is
// no UTF-8 is kept as it is.
SpanTable build_table(const SpanBatch& batch, const AttributeLimits& limits, const std::vector<bool>& take,
                      Trimmed& trimmed);

// A run of rows; whole traces.
struct TableSlice {
  const SpanTable* table = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};
// All rows of the slices in order of trace and start. Of spans that have the same trace id, span id and kind
// the first counts (the kind too, since Zipkin's client and server sides may share an id).
SpanTable merge_tables(std::span<const TableSlice> slices);

}  // namespace aloft::telemetry::traces
