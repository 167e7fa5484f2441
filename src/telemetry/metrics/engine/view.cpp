// Choosing between samples as they came and their rows.
#include "telemetry/metrics/engine/view.h"

#include <algorithm>

namespace aloft::telemetry::metrics {
namespace {

bool has_samples(const Block& block, Millis from, Millis to) {
  const ChunkFileTotals& totals = block.data().totals();
  return totals.samples > 0 && totals.min_time <= to && totals.max_time >= from;
}

bool overlap(const BlockMeta& a, const BlockMeta& b) { return a.begin < b.end && b.begin < a.end; }

}  // namespace

BlockPtr rows_of(const View& view, const Block& raw, Millis resolution) {
  for (const BlockPtr& block : view.blocks) {
    const BlockMeta& meta = block->meta();
    if (meta.resolution == resolution && meta.begin == raw.meta().begin && meta.end == raw.meta().end &&
        meta.sequence == raw.meta().sequence) {
      return block;
    }
  }
  return nullptr;
}

std::vector<BlockUse> blocks_to_read(const View& view, Millis from, Millis to, const SelectHints& hints) {
  std::vector<BlockUse> out;
  const Answer answer = answer_for(hints.function);
  for (const BlockPtr& block : view.blocks) {
    const BlockMeta& meta = block->meta();
    if (meta.resolution == 0) {
      BlockPtr rows;
      for (const Millis resolution : {hour, five_minutes}) {
        if (rows == nullptr && rows_are_enough(hints, resolution, to))
          rows = rows_of(view, *block, resolution);
      }
      const BlockPtr& chosen = rows != nullptr ? rows : block;
      if (has_samples(*chosen, from, to)) out.push_back({.block = chosen, .answer = answer});
      continue;
    }
    // Rows whose raw samples are gone; of several the finest, unless coarser ones are enough.
    const bool superseded = std::ranges::any_of(view.blocks, [&](const BlockPtr& other) {
      if (!overlap(other->meta(), meta)) return false;
      const Millis resolution = other->meta().resolution;
      if (resolution == 0) return true;
      if (resolution == meta.resolution) return false;
      const Millis coarser = std::max(resolution, meta.resolution);
      return (rows_are_enough(hints, coarser, to) ? coarser : std::min(resolution, meta.resolution)) ==
             resolution;
    });
    if (superseded || !has_samples(*block, from, to)) continue;
    out.push_back({.block = block, .answer = answer, .estimate = rows_estimate(hints, meta.resolution)});
  }
  return out;
}

}  // namespace aloft::telemetry::metrics
