// Merging: runs into larger runs, runs of a closed window into a block, blocks into longer blocks. Whatever
// was deleted is left out on the way, and what cannot be read is left out and its file set aside.
#include <algorithm>
#include <limits>

#include <unistd.h>

#include "io/file.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/metrics/column_merge.h"
#include "telemetry/metrics/engine/block_merge.h"
#include "telemetry/metrics/engine/downsample.h"
#include "telemetry/metrics/engine/engine.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::size_t least_merged = 6;  // runs
// Without writers the runs of a window become one when the smaller ones are more than this part of them.
constexpr std::uint64_t worth_merging = 8;

}  // namespace

void Engine::remove_block(const BlockPtr& block) const {
  if (const auto removed = io::remove_tree(block->folder()); !removed) {
    log_line_.warning("{} stays: {}", block->folder(), removed.error().message());
  }
}

void Engine::replace(const std::vector<RunPtr>& runs_out, const RunPtr& run_in,
                     const std::vector<BlockPtr>& blocks_out, const BlockPtr& block_in,
                     const std::set<std::string>& damaged) {
  intake_.with([&](Intake& intake) {
    auto next = std::make_shared<View>(*intake.view);
    std::erase_if(next->runs,
                  [&](const RunPtr& run) { return std::ranges::find(runs_out, run) != runs_out.end(); });
    std::erase_if(next->blocks, [&](const BlockPtr& block) {
      return std::ranges::find(blocks_out, block) != blocks_out.end();
    });
    if (run_in != nullptr) next->runs.push_back(run_in);
    if (block_in != nullptr) next->blocks.push_back(block_in);
    std::ranges::sort(next->runs, {},
                      [](const RunPtr& run) { return std::pair(run->meta().high, run->meta().id); });
    std::ranges::sort(next->blocks, {}, [](const BlockPtr& block) {
      return std::pair(block->meta().sequence, block->meta().id);
    });
    intake.view = std::move(next);
  });
  // Readers that still use the files have them open.
  for (const RunPtr& run : runs_out) {
    const std::string& path = run->file().path();
    if (damaged.contains(path)) {
      set_aside(path, Error(Code::internal, path + ": damaged: merged without what could not be read"));
    } else {
      ::unlink(path.c_str());
    }
  }
  for (const BlockPtr& block : blocks_out) {
    if (damaged.contains(block->folder())) {
      set_aside(block->folder(),
                Error(Code::internal, block->folder() + ": damaged: merged without what could not be read"));
    } else {
      remove_block(block);
    }
  }
}

std::vector<HiddenSeries> Engine::hidden_series(const View& view) const {
  std::vector<HiddenSeries> out;
  for (const Tombstone& tombstone : view.tombstones) {
    HiddenSeries hidden{
        .sequence = tombstone.sequence, .from = tombstone.from, .to = tombstone.to, .series = {}};
    index_.with([&](SeriesIndex& index) {
      hidden.series.resize(index.capacity());
      for (const SeriesRef ref : index.select(tombstone.matchers)) hidden.series[ref] = true;
    });
    out.push_back(std::move(hidden));
  }
  return out;
}

// Runs by window, in rising sequence, without those that are newer than a buffer in memory: what is merged
// stands for all sequences between its lowest and its highest.
std::map<Millis, std::vector<RunPtr>> Engine::settled_runs() const {
  std::map<Millis, std::vector<RunPtr>> windows;
  intake_.with([&](Intake& intake) {
    std::uint64_t limit = intake.current->sequence();
    for (const BufferPtr& buffer : intake.frozen) limit = std::min(limit, buffer->sequence());
    for (const RunPtr& run : intake.view->runs) {
      if (run->meta().high < limit) windows[run->meta().window].push_back(run);
    }
  });
  return windows;
}

Result<> Engine::merge_runs(bool all) {
  const bool idle =
      intake_.with([&](Intake& intake) { return clock_.wall() - intake.last_write >= idle_after; });
  for (const auto& [window, runs] : settled_runs()) {
    if (runs.size() < 2) continue;
    const auto samples = [&](std::size_t i) { return runs[i]->file().totals().samples; };
    std::uint64_t sum = 0;
    std::uint64_t largest = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      sum += samples(i);
      largest = std::max(largest, samples(i));
    }
    if (all || (idle && (sum - largest) * worth_merging >= sum)) {
      TRY_DO(merge_window(runs));
      continue;
    }
    // The newest ones, as long as an older one is no larger than all newer ones together: so every sample is
    // written anew about as often as the number of runs can be halved.
    std::size_t first = runs.size() - 1;
    std::uint64_t newer = samples(first);
    while (first > 0 && samples(first - 1) <= newer) newer += samples(--first);
    if (runs.size() - first < least_merged) continue;
    TRY_DO(merge_window(std::vector<RunPtr>(runs.begin() + static_cast<std::ptrdiff_t>(first), runs.end())));
  }
  return {};
}

Result<> Engine::merge_window(std::vector<RunPtr> runs) {
  RunMeta meta{.id = new_file(), .window = runs[0]->meta().window, .low = UINT64_MAX, .high = 0};
  for (const RunPtr& run : runs) {
    meta.low = std::min(meta.low, run->meta().low);
    meta.high = std::max(meta.high, run->meta().high);
  }
  const auto hidden = hidden_series(*view());
  RunMerge merge(runs, series_order(), hidden);
  TRY(writer, RunWriter::create(settings_.folder + "/runs", meta, ChunkWriter::Effort::small));
  std::size_t most = 0;
  for (const RunPtr& run : runs) most = std::max(most, run->series().size());
  writer->reserve(most);
  SeriesRef ref = no_series;
  Column column;
  while (merge.next(ref, column)) {
    merged_total_.add(column.size());
    TRY_DO(writer->add(ref, column));
  }
  if (!merge.damaged().empty()) note_damage(merge.first_damage());
  TRY(merged, writer->finish(cache_));
  merged = share_series(std::move(merged), view()->runs);
  TRY_DO(sync_folder(settings_.folder + "/runs"));
  replace(runs, merged, {}, nullptr, merge.damaged());
  return {};
}

bool Engine::window_is_closed(Millis window) const {
  const Millis end = window + settings_.block_duration / 1ms + settings_.out_of_order_window / 1ms;
  const WallTime now = clock_.wall();
  return intake_.with([&](Intake& intake) {
    const auto activity = intake.window_activity.find(window);
    const Duration quiet =
        activity == intake.window_activity.end() ? Duration::max() : now - activity->second;
    if (intake.max_time >= end) return quiet >= 10s;
    return now.since_epoch / 1ms >= end && quiet >= 10min;
  });
}

Result<> Engine::runs_to_blocks(bool all) {
  for (const auto& [window, runs] : settled_runs()) {
    if (!all && !window_is_closed(window)) continue;
    TRY_DO(make_block(window, runs));
    intake_.with([&](Intake& intake) { intake.window_activity.erase(window); });
    collect_wanted_ = true;
  }
  return {};
}

Result<> Engine::make_block(Millis window, const std::vector<RunPtr>& runs) {
  BlockMeta meta{.id = new_file(),
                 .begin = window,
                 .end = window + settings_.block_duration / 1ms,
                 .sequence = 0,
                 .resolution = 0,
                 .replaces = {},
                 .from_runs = true};
  for (const RunPtr& run : runs) meta.sequence = std::max(meta.sequence, run->meta().high);
  const auto hidden = hidden_series(*view());
  RunMerge merge(runs, series_order(), hidden);
  TRY(writer, BlockWriter::create(settings_.folder + "/blocks", meta));
  SeriesRef ref = no_series;
  Column column;
  std::string labels;
  while (merge.next(ref, column)) {
    labels.clear();
    index_.with([&](SeriesIndex& index) { index.append_labels(ref, labels); });
    merged_total_.add(column.size());
    TRY_DO(writer->add(LabelsView(labels), std::span(&column, 1)));
  }
  if (!merge.damaged().empty()) note_damage(merge.first_damage());
  TRY(block, writer->finish(cache_));
  TRY_DO(sync_folder(settings_.folder + "/blocks"));
  replace(runs, nullptr, {}, block, merge.damaged());
  return {};
}

Result<> Engine::merge_blocks(bool all) {
  const Millis shortest = settings_.block_duration / 1ms;
  const Millis longest = std::max(shortest, settings_.largest_block / 1ms);
  for (;;) {
    const ViewPtr now = view();
    const auto newest = intake_.with([](Intake& intake) { return intake.max_time; });
    const auto chosen = choose_blocks(*now, {.shortest = shortest,
                                             .longest = longest,
                                             .complete_before = all ? INT64_MAX : newest,
                                             .out_of_order = settings_.out_of_order_window / 1ms});
    if (chosen.empty()) return {};
    TRY_DO(merge_block_set(chosen));
  }
}

Result<> Engine::merge_block_set(const std::vector<BlockPtr>& blocks) {
  BlockMeta meta{.id = new_file(),
                 .begin = INT64_MAX,
                 .end = INT64_MIN,
                 .sequence = 0,
                 .resolution = blocks[0]->meta().resolution,
                 .replaces = {},
                 .from_runs = false};
  for (const BlockPtr& block : blocks) {
    meta.begin = std::min(meta.begin, block->meta().begin);
    meta.end = std::max(meta.end, block->meta().end);
    meta.sequence = std::max(meta.sequence, block->meta().sequence);
    meta.replaces.push_back(block->meta().id);
  }
  const ViewPtr now = view();
  BlockMerge merge(blocks, now->tombstones);
  TRY(writer, BlockWriter::create(settings_.folder + "/blocks", meta));
  std::string labels;
  std::vector<Column> columns;
  while (merge.next(labels, columns)) {
    for (const Column& column : columns) merged_total_.add(column.size());
    TRY_DO(writer->add(LabelsView(labels), columns));
  }
  if (!merge.damaged().empty()) note_damage(merge.first_damage());
  TRY(block, writer->finish(cache_));
  TRY_DO(sync_folder(settings_.folder + "/blocks"));
  replace({}, nullptr, blocks, block, merge.damaged());
  return {};
}

// Blocks that are old enough get rows. A longer block that raw ones were merged into gets new rows, and those
// of its parts go.
Result<> Engine::downsample() {
  const Millis newest =
      std::min(clock_.wall().since_epoch / 1ms, intake_.with([](Intake& intake) { return intake.max_time; }));
  // No sample has ever come.
  if (newest == std::numeric_limits<Millis>::min()) return {};
  struct Wanted {
    Millis resolution;
    Duration after;
  };
  for (const Wanted& wanted :
       {Wanted{300'000, settings_.downsample_5m_after}, Wanted{3'600'000, settings_.downsample_1h_after}}) {
    if (wanted.after <= Duration::zero()) continue;
    const ViewPtr now = view();
    for (const BlockPtr& block : now->blocks) {
      const BlockMeta& meta = block->meta();
      if (meta.resolution != 0 || meta.end > newest - wanted.after / 1ms) continue;
      if (rows_of(*now, *block, wanted.resolution) == nullptr) {
        TRY_DO(make_rows_block(block, wanted.resolution));
      }
    }
  }
  return {};
}

Result<> Engine::make_rows_block(const BlockPtr& raw, Millis resolution) {
  BlockMeta meta = raw->meta();
  meta.id = new_file();
  meta.resolution = resolution;
  meta.from_runs = false;
  meta.replaces.clear();
  const ViewPtr now = view();
  std::vector<BlockPtr> parts;
  for (const BlockPtr& block : now->blocks) {
    const BlockMeta& other = block->meta();
    if (other.resolution != resolution || other.begin < meta.begin || other.end > meta.end) continue;
    parts.push_back(block);
    meta.replaces.push_back(other.id);
  }
  BlockMerge merge({raw}, now->tombstones);
  TRY(writer, BlockWriter::create(settings_.folder + "/blocks", meta));
  std::string labels;
  std::vector<Column> columns;
  Rows rows;
  while (merge.next(labels, columns)) {
    make_rows(columns[0], resolution, rows);
    TRY_DO(writer->add(LabelsView(labels), rows));
  }
  TRY(block, writer->finish(cache_));
  TRY_DO(sync_folder(settings_.folder + "/blocks"));
  replace({}, nullptr, parts, block, {});
  return {};
}

Result<> Engine::compact() {
  return structure_.with([this](Structure&) -> Result<> {
    TRY_DO(flush_all());
    TRY_DO(merge_runs(true));
    return merge_blocks(false);
  });
}

}  // namespace aloft::telemetry::metrics
