// What a batch of logs holds.
#include "telemetry/core/log_batch.h"

namespace aloft::telemetry {

std::size_t LogBatch::entry_count() const {
  std::size_t count = 0;
  for (const LogStream& stream : streams) count += stream.entries.size();
  return count;
}

}  // namespace aloft::telemetry
