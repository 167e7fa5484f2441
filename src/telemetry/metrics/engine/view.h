// What a reader sees at one moment besides the buffers in memory: runs, blocks, and what was deleted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "telemetry/core/matcher.h"
#include "telemetry/metrics/block/block.h"
#include "telemetry/metrics/engine/downsample.h"
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

// The rows that were made of a block as it is; null when there are none.
BlockPtr rows_of(const View& view, const Block& raw, Millis resolution);

// A block to read, and how: as it is, or the rows that stand for it.
struct BlockUse {
  BlockPtr block;
  Answer answer = Answer::thinned;  // of rows
  bool estimate = false;            // rows_estimate() of rows whose samples are gone
};
// What of the blocks answers best for a time and a use of the samples.
std::vector<BlockUse> blocks_to_read(const View& view, Millis from, Millis to, const SelectHints& hints);

}  // namespace aloft::telemetry::metrics
