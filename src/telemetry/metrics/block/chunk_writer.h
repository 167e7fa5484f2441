// Writes a chunk file, series by series.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/metrics/block/chunk_format.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// On one thread. A writer that is dropped before finish() removes its file.
class ChunkWriter {
 public:
  // Quick for data that is soon merged again, small for data that stays.
  enum class Effort { quick, small };
  // Error: unavailable (disk full).
  static Result<std::unique_ptr<ChunkWriter>> create(const std::string& path, Effort effort);
  virtual ~ChunkWriter() = default;
  // The samples of the next series, in rising time, each time once. May be empty. Error: unavailable.
  virtual Result<> add(const Column& column) = 0;
  virtual const ChunkFileTotals& totals() const = 0;
  // Writes the footer with `extra` in it, and syncs. Error: unavailable.
  virtual Result<ChunkFileTotals> finish(std::string_view extra) = 0;
};

}  // namespace aloft::telemetry::metrics
