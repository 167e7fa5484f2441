// Log records on their way in, in Loki's model: streams named by few labels, entries with a time, a line and
// further fields (Loki's structured metadata) that are searchable without being part of the stream's name.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/core/labels.h"

namespace aloft::telemetry {

struct LogEntry {
  std::int64_t time_ns = 0;  // since 1970
  std::string line;
  std::vector<std::pair<std::string, std::string>> fields;  // sorted by name
};
struct LogStream {
  Labels labels;
  std::vector<LogEntry> entries;
};
struct LogBatch {
  std::vector<LogStream> streams;
  std::string tenant;
  std::size_t entry_count() const;
};

}  // namespace aloft::telemetry
