// Several blocks read as one, and which blocks should become one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "telemetry/metrics/engine/view.h"

namespace aloft::telemetry::metrics {

struct BlockChoice {
  Millis shortest = 0, longest = 0;  // durations of blocks
  Millis complete_before = 0;        // the time up to which samples have come
  Millis out_of_order = 0;
};
// Blocks whose ranges overlap, or that together fill a longer aligned range whose time is over. Empty when
// there is nothing to merge.
std::vector<BlockPtr> choose_blocks(const View& view, const BlockChoice& choice);

// On one thread.
class BlockMerge {
 public:
  // `blocks` in rising sequence, of one resolution.
  BlockMerge(const std::vector<BlockPtr>& blocks, const std::vector<Tombstone>& tombstones);
  // The next series in the order of labels, with its samples or its rows, which may be empty. False at the
  // end.
  bool next(std::string& labels, std::vector<Column>& columns);
  // Folders of which something could not be read; it is left out then.
  const std::set<std::string>& damaged() const { return damaged_; }
  const std::string& first_damage() const { return first_damage_; }

 private:
  struct Input {
    BlockPtr block;
    ChunkFile::Scan scan;
    std::uint32_t at = 0;
    std::string labels;  // of series `at`; empty at the end
  };
  void load_labels(Input& input);
  void note(const Input& input, const Error& error);
  // The next record of an input; what is deleted and what cannot be read is left out.
  void read_part(Input& input, LabelsView labels);
  std::vector<Input> inputs_;
  const std::vector<Tombstone>& tombstones_;
  Column part_;
  std::set<std::string> damaged_;
  std::string first_damage_;
};

}  // namespace aloft::telemetry::metrics
