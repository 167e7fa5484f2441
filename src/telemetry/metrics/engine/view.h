// What a reader sees at one moment besides the buffers in memory: runs, blocks, and what was deleted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "telemetry/core/matcher.h"
#include "telemetry/metrics/block/block.h"
#include "telemetry/metrics/engine/run.h"

namespace aloft::telemetry::metrics {

// Hides samples of files whose sequence is not above its own.
struct Tombstone {
  std::uint64_t sequence = 0;
  Millis from = 0, to = 0;
  std::vector<Matcher> matchers;
};

struct View {
  std::vector<RunPtr> runs;      // by sequence
  std::vector<BlockPtr> blocks;  // by sequence
  std::vector<Tombstone> tombstones;
};
using ViewPtr = std::shared_ptr<const View>;

}  // namespace aloft::telemetry::metrics
