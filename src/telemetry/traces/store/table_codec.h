// A table of spans as bytes: a directory of sections, each with its own checksum and (in blocks) its own zstd
// frame, so that a reader takes the columns it needs and leaves the others packed.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/traces/store/table.h"

namespace aloft::telemetry::traces {

enum class Packing {
  raw,  // for the log, which compresses whole records
  zstd
};

std::string encode_table(const SpanTable& table, Packing packing);

// Which columns a reader needs. Ids, times, names, kinds, statuses, resources and scopes are always read.
struct ColumnChoice {
  bool everything = true;
  std::set<std::string, std::less<>> span_keys;
  std::set<std::string, std::less<>> event_keys;
  std::set<std::string, std::less<>> link_keys;
  bool events = false;  // names and times
  bool links = false;
  bool status_messages = false;
  bool all_span_keys = false;
  bool all_event_keys = false;
  bool all_link_keys = false;
};

struct DecodeLimits {
  std::size_t rows = 4 * 1024 * 1024;
  std::size_t section_bytes = 512 * 1024 * 1024;
};

// Every index in what it gives is within bounds, whatever the bytes were. Error: invalid, naming the section
// that is damaged.
Result<SpanTable> decode_table(std::string_view bytes, const ColumnChoice& choice = {},
                               const DecodeLimits& limits = {});

// Whether a table has spans of the trace, by reading its ids alone. Error: invalid, as above.
Result<bool> table_holds(std::string_view bytes, const TraceId& id);

}  // namespace aloft::telemetry::traces
