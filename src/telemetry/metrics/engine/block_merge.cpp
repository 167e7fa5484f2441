// Ranges grow by a factor of four, aligned to their length since 1970.
#include "telemetry/metrics/engine/block_merge.h"

#include <algorithm>
#include <map>

#include "telemetry/metrics/column_merge.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr Millis growth = 4;

Millis aligned(Millis time, Millis length) { return time - ((time % length) + length) % length; }

// A run that is older than the newest of the blocks and in their range must come first: merged without it
// they would seem newer than it.
bool has_older_runs(const View& view, const std::vector<BlockPtr>& blocks) {
  std::uint64_t sequence = 0;
  Millis begin = INT64_MAX;
  Millis end = INT64_MIN;
  for (const BlockPtr& block : blocks) {
    sequence = std::max(sequence, block->meta().sequence);
    begin = std::min(begin, block->meta().begin);
    end = std::max(end, block->meta().end);
  }
  return std::ranges::any_of(view.runs, [&](const RunPtr& run) {
    const RunMeta& meta = run->meta();
    return meta.window >= begin && meta.window < end && meta.low <= sequence;
  });
}

std::vector<BlockPtr> overlapping(const std::vector<BlockPtr>& by_begin, const View& view) {
  for (std::size_t i = 0; i < by_begin.size(); ++i) {
    std::vector<BlockPtr> set{by_begin[i]};
    Millis end = by_begin[i]->meta().end;
    for (std::size_t k = i + 1; k < by_begin.size() && by_begin[k]->meta().begin < end; ++k) {
      set.push_back(by_begin[k]);
      end = std::max(end, by_begin[k]->meta().end);
    }
    if (set.size() > 1 && !has_older_runs(view, set)) return set;
  }
  return {};
}

}  // namespace

std::vector<BlockPtr> choose_blocks(const View& view, const BlockChoice& choice) {
  std::vector<BlockPtr> raw;
  for (const BlockPtr& block : view.blocks) {
    if (block->meta().resolution == 0) raw.push_back(block);
  }
  std::ranges::sort(raw, {}, [](const BlockPtr& block) { return block->meta().begin; });
  const auto in_sequence = [](std::vector<BlockPtr> blocks) {
    std::ranges::sort(blocks, {}, [](const BlockPtr& block) {
      return std::pair(block->meta().sequence, block->meta().id);
    });
    return blocks;
  };
  if (auto set = overlapping(raw, view); !set.empty()) return in_sequence(std::move(set));
  for (Millis length = choice.shortest * growth; length <= choice.longest; length *= growth) {
    std::map<Millis, std::vector<BlockPtr>> ranges;
    for (const BlockPtr& block : raw) {
      const Millis begin = aligned(block->meta().begin, length);
      if (block->meta().end <= begin + length) ranges[begin].push_back(block);
    }
    for (auto& [begin, set] : ranges) {
      const bool over = choice.complete_before == INT64_MAX ||
                        begin + length + choice.out_of_order <= choice.complete_before;
      if (set.size() > 1 && over && !has_older_runs(view, set)) return in_sequence(std::move(set));
    }
  }
  return {};
}

BlockMerge::BlockMerge(const std::vector<BlockPtr>& blocks, const std::vector<Tombstone>& tombstones)
    : tombstones_(tombstones) {
  for (const BlockPtr& block : blocks) {
    inputs_.push_back({.block = block, .scan = ChunkFile::Scan(block->shared_data()), .at = 0, .labels = {}});
  }
  for (Input& input : inputs_) load_labels(input);
}

void BlockMerge::note(const Input& input, const Error& error) {
  damaged_.insert(input.block->folder());
  if (first_damage_.empty()) first_damage_ = error.message();
}

// Series whose labels cannot be read are passed over.
void BlockMerge::load_labels(Input& input) {
  for (;;) {
    input.labels.clear();
    if (input.at >= input.block->index().series()) return;
    const auto read = input.block->index().append_labels(input.at, input.labels);
    if (read && !input.labels.empty()) return;
    if (!read) note(input, read.error());
    for (std::size_t row = 0; row < input.block->rows(); ++row) (void)input.scan.next(part_);
    ++input.at;
  }
}

void BlockMerge::read_part(Input& input, LabelsView labels) {
  if (const auto read = input.scan.next(part_); !read) {
    note(input, read.error());
    part_.clear();
  }
  for (const Tombstone& tombstone : tombstones_) {
    if (tombstone.sequence < input.block->meta().sequence) continue;
    if (matches_all(tombstone.matchers, labels)) erase_range(part_, 0, tombstone.from, tombstone.to);
  }
}

bool BlockMerge::next(std::string& labels, std::vector<Column>& columns) {
  const Input* least = nullptr;
  for (const Input& input : inputs_) {
    if (input.labels.empty()) continue;
    if (least == nullptr || LabelsView(input.labels) < LabelsView(least->labels)) least = &input;
  }
  if (least == nullptr) return false;
  labels = least->labels;
  columns.resize(least->block->rows());
  for (Column& column : columns) column.clear();
  for (Input& input : inputs_) {
    if (input.labels != labels) continue;
    for (Column& column : columns) {
      read_part(input, LabelsView(labels));
      append_range(column, part_, 0, part_.size());
    }
    ++input.at;
    load_labels(input);
  }
  for (Column& column : columns) put_in_order(column);
  return true;
}

}  // namespace aloft::telemetry::metrics
