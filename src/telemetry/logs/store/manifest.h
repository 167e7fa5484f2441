// Which blocks are valid, up to where the write-ahead log has moved into them, and which deletions are
// pending: one small file, replaced as a whole, so that a flush or a merge happens entirely or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/core/record_log.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs {

struct Manifest {
  struct BlockEntry {
    std::uint64_t id = 0;
    std::string tenant;
  };
  struct Deletion {
    DeletionRequest request;
    std::uint64_t through_block = 0;  // it covers blocks up to this one
  };
  std::uint64_t next_block = 1;
  LogPosition log;  // records before it stand in blocks
  std::vector<BlockEntry> blocks;
  std::vector<Deletion> deletions;
};

// An empty manifest when there is no file. Error: invalid for a damaged one, I/O.
Result<Manifest> read_manifest(const std::string& path);
// Error: unavailable; the file is then as it was.
Result<> write_manifest(const std::string& path, const Manifest& manifest);

}  // namespace aloft::telemetry::logs
