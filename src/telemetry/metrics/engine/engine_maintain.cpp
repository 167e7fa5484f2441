// What happens in the background and on request: flushing in time, syncing, retention, giving up series
// without samples, deletion, snapshots.
#include <algorithm>

#include <unistd.h>

#include "io/file.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/metrics/engine/engine.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::size_t series_in_record = 4096;
// Without writers the log is emptied when it is larger than this, and than this part of what is stored.
constexpr std::uint64_t idle_log_bytes = 128 * 1024;
constexpr std::uint64_t idle_log_part = 20;
constexpr std::uint64_t catalogue_slack_bytes = 4 * 1024 * 1024;

std::uint64_t bytes_of(const View& view) {
  std::uint64_t sum = 0;
  for (const RunPtr& run : view.runs) sum += run->file().totals().bytes;
  for (const BlockPtr& block : view.blocks) sum += block->bytes();
  return sum;
}

Result<> link_file(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) != 0) return fail(system_error("link " + to, errno));
  return {};
}

}  // namespace

Result<> Engine::maintain() {
  const auto done = structure_.with([this](Structure&) { return maintain_all(); });
  if (!done && done.error().code() == Code::unavailable) writable_ = false;
  update_gauges();
  return done;
}

Result<> Engine::maintain_all() {
  if (flush_is_due()) {
    TRY_DO(flush_all());
  } else {
    TRY_DO(flush_ready());
  }
  TRY_DO(sync_logs());
  apply_retention();
  TRY_DO(merge_runs(false));
  TRY_DO(runs_to_blocks(false));
  TRY_DO(merge_blocks(false));
  TRY_DO(downsample());
  if (collect_wanted_) collect_series();
  const auto after = catalogue_.with([](Catalogue& catalogue) { return catalogue.bytes_after_checkpoint; });
  if (catalogue_log_->bytes() > 2 * after + catalogue_slack_bytes) TRY_DO(checkpoint());
  return {};
}

bool Engine::flush_is_due() const {
  const WallTime now = clock_.wall();
  const std::uint64_t log_bytes = log_->bytes();
  return intake_.with([&](Intake& intake) {
    if (intake.current->size() == 0) return false;
    if (now - intake.first_sample >= settings_.flush_after) return true;
    const bool idle = now - intake.last_write >= idle_after;
    return idle && log_bytes > idle_log_bytes && log_bytes > bytes_of(*intake.view) / idle_log_part;
  });
}

// The catalogue first: it says what the numbers in the log mean.
Result<> Engine::sync_logs() {
  TRY_DO(catalogue_log_->sync());
  return log_->sync();
}

// Counted from the newest sample (but not from the future), so that a store that was switched off for long
// does not lose everything at once.
void Engine::apply_retention() {
  const Millis now = clock_.wall().since_epoch / 1ms;
  const StoreStatus current = status();
  const Millis oldest = std::min(now, current.max_time) - settings_.retention / 1ms;
  std::vector<RunPtr> runs;
  std::vector<BlockPtr> blocks;
  const ViewPtr files = view();
  for (const RunPtr& run : files->runs) {
    if (run->file().totals().max_time < oldest) runs.push_back(run);
  }
  std::vector<BlockPtr> kept;
  std::uint64_t bytes = 0;
  const bool raw_goes = settings_.raw_retention > Duration::zero();
  const Millis oldest_raw = std::min(now, current.max_time) - settings_.raw_retention / 1ms;
  for (const BlockPtr& block : files->blocks) {
    // Full resolution goes only where rows stand for it.
    const bool replaced = raw_goes && block->meta().resolution == 0 &&
                          block->data().totals().max_time < oldest_raw &&
                          rows_of(*files, *block, five_minutes) != nullptr;
    (replaced || block->data().totals().max_time < oldest ? blocks : kept).push_back(block);
  }
  for (const BlockPtr& block : kept) bytes += block->bytes();
  std::ranges::sort(kept, {}, [](const BlockPtr& block) { return block->data().totals().max_time; });
  for (const BlockPtr& block : kept) {
    if (settings_.retention_bytes == 0 || bytes <= settings_.retention_bytes) break;
    bytes -= block->bytes();
    blocks.push_back(block);
  }
  if (runs.empty() && blocks.empty()) return;
  replace(runs, nullptr, blocks, nullptr, {});
  collect_wanted_ = true;
  log_line_.info("retention: {} runs and {} blocks removed", runs.size(), blocks.size());
}

// Series that are in no run and no buffer leave the head; their blocks know them.
void Engine::collect_series() {
  const LogPosition needed = intake_.with([](Intake& intake) {
    LogPosition least = intake.current->log_begin();
    for (const BufferPtr& buffer : intake.frozen) least = std::min(least, buffer->log_begin());
    return least;
  });
  std::vector<SeriesRef> dropped;
  const bool done = index_.with([&](SeriesIndex& index) {
    std::vector<bool> keep(index.capacity());
    const auto mark = [&](SeriesRef ref) {
      if (ref < keep.size()) keep[ref] = true;
    };
    catalogue_.with([&](Catalogue& catalogue) { std::ranges::for_each(catalogue.pending, mark); });
    return table_.with([&](SeriesTable& table) {
      // With the table held nobody finds a series; those who found one before are counted.
      if (active_writes_ > 0) return false;
      const ViewPtr files = intake_.with([&](Intake& intake) {
        std::vector<BufferPtr> buffers = intake.frozen;
        buffers.push_back(intake.current);
        for (const BufferPtr& buffer : buffers) {
          for (SeriesRef ref = 0; ref < buffer->series_capacity(); ++ref) {
            if (buffer->end_of(ref) != no_chain) mark(ref);
          }
        }
        return intake.view;
      });
      for (const RunPtr& run : files->runs) std::ranges::for_each(run->series(), mark);
      index.for_each([&](SeriesRef ref) {
        if (!keep[ref]) dropped.push_back(ref);
      });
      if (dropped.empty()) return true;
      // What was given up the last time may be used again once no log can name it.
      if (needed > retired_at_) index.release();
      index.retain(keep);
      table.retain(keep);
      return true;
    });
  });
  if (!done) return;
  collect_wanted_ = false;
  if (dropped.empty()) return;
  if (const auto cut = log_->cut()) retired_at_ = std::max(retired_at_, *cut);
  for (const SeriesRef ref : dropped) observers_.forget_series(ref);
  if (const auto written = checkpoint(); !written) {
    log_line_.warning("catalogue: {}", written.error().message());
  }
}

Result<> Engine::write_catalogue(RecordLog& log) const {
  std::vector<std::string> tenants;
  std::string metadata = start_record(CatalogueKind::metadata);
  catalogue_.with([&](Catalogue& catalogue) {
    tenants = catalogue.tenants;
    for (const auto& [family, entry] : catalogue.metadata) put_metadata(metadata, entry);
  });
  const auto append = [&log](const std::string& record) -> Result<> {
    if (record.size() <= 1) return {};
    TRY(position, log.append(record));
    (void)position;
    return {};
  };
  TRY_DO(append(metadata));
  const std::size_t capacity = index_.with([](SeriesIndex& index) { return index.capacity(); });
  for (std::size_t begin = 0; begin < capacity; begin += series_in_record) {
    std::string record = start_record(CatalogueKind::series);
    index_.with([&](SeriesIndex& index) {
      std::string labels;
      for (std::size_t i = begin; i < std::min(begin + series_in_record, index.capacity()); ++i) {
        const auto ref = static_cast<SeriesRef>(i);
        if (!index.has(ref)) continue;
        labels.clear();
        index.append_labels(ref, labels);
        const std::uint16_t tenant = index.tenant_of(ref);
        put_series(record, {.ref = ref,
                            .labels = labels,
                            .tenant = tenant < tenants.size() ? std::string_view(tenants[tenant]) : ""});
      }
    });
    TRY_DO(append(record));
  }
  std::string exemplars = start_record(CatalogueKind::exemplars);
  exemplars_.for_each([&](const Labels& series, const ExemplarSeries::Item& item) {
    put_exemplar(exemplars, {.series = series.encoded(),
                             .labels = item.labels.encoded(),
                             .value = item.value,
                             .time = item.time});
  });
  TRY_DO(append(exemplars));
  for (const Tombstone& tombstone : view()->tombstones) TRY_DO(append(tombstone_record(tombstone)));
  return log.sync();
}

// Everything that counts is written again behind a cut, then what is before it goes.
Result<> Engine::checkpoint() {
  return catalogue_writer_.with([this](Structure&) -> Result<> {
    TRY(cut, catalogue_log_->cut());
    TRY_DO(write_catalogue(*catalogue_log_));
    TRY_DO(catalogue_log_->drop_before(cut));
    catalogue_.with(
        [&](Catalogue& catalogue) { catalogue.bytes_after_checkpoint = catalogue_log_->bytes(); });
    return {};
  });
}

Result<> Engine::delete_series(Millis from, Millis to,
                               const std::vector<std::vector<Matcher>>& matcher_sets) {
  return structure_.with([&](Structure&) -> Result<> {
    // What is in memory gets a lower sequence than what comes from here on.
    intake_.with([&](Intake& intake) {
      if (intake.current->size() > 0 || intake.current->has_writers()) rotate(intake, 0);
    });
    const std::uint64_t sequence =
        intake_.with([](Intake& intake) { return intake.current->sequence() - 1; });
    for (const std::vector<Matcher>& matchers : matcher_sets) {
      Tombstone tombstone{.sequence = sequence, .from = from, .to = to, .matchers = matchers};
      TRY(position, catalogue_log_->append(tombstone_record(tombstone)));
      (void)position;
      intake_.with([&](Intake& intake) {
        auto next = std::make_shared<View>(*intake.view);
        next->tombstones.push_back(std::move(tombstone));
        intake.view = std::move(next);
      });
    }
    TRY_DO(catalogue_log_->sync());
    return flush_ready();
  });
}

Result<> Engine::clean_tombstones() {
  return structure_.with([this](Structure&) -> Result<> {
    TRY_DO(flush_all());
    const ViewPtr before = view();
    if (before->tombstones.empty()) return {};
    const auto is_touched = [&](const ChunkFileTotals& totals, std::uint64_t sequence) {
      return std::ranges::any_of(before->tombstones, [&](const Tombstone& tombstone) {
        return tombstone.sequence >= sequence && tombstone.from <= totals.max_time &&
               tombstone.to >= totals.min_time;
      });
    };
    for (const RunPtr& run : before->runs) {
      if (is_touched(run->file().totals(), run->meta().high)) TRY_DO(merge_window({run}));
    }
    for (const BlockPtr& block : before->blocks) {
      if (is_touched(block->data().totals(), block->meta().sequence)) TRY_DO(merge_block_set({block}));
    }
    // A buffer that writers still hold may have samples that are hidden; its tombstones stay.
    const bool done = intake_.with([&](Intake& intake) {
      if (!intake.frozen.empty()) return false;
      auto next = std::make_shared<View>(*intake.view);
      next->tombstones.clear();
      intake.view = std::move(next);
      return true;
    });
    if (!done) return {};
    TRY(position, catalogue_log_->append(start_record(CatalogueKind::no_tombstones)));
    (void)position;
    return catalogue_log_->sync();
  });
}

Result<std::string> Engine::snapshot() {
  return structure_.with([this](Structure&) -> Result<std::string> {
    TRY_DO(flush_all());
    std::string name = format_seconds(clock_.wall());
    std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
    name += fmt::format("-{:x}", new_file());
    const std::string folder = settings_.folder + "/snapshots/" + name;
    for (const char* part : {"/runs", "/blocks"}) TRY_DO(io::make_directories(folder + part));
    const ViewPtr files = view();
    for (const RunPtr& run : files->runs) {
      TRY_DO(link_file(run->file().path(), folder + "/runs/" + Run::file_name(run->meta().id)));
    }
    for (const BlockPtr& block : files->blocks) {
      const std::string to = folder + "/blocks/" + Block::folder_name(block->meta().id);
      TRY_DO(io::make_directories(to));
      for (const char* file : {"/data", "/index"}) TRY_DO(link_file(block->folder() + file, to + file));
    }
    TRY(log, RecordLog::open({.folder = folder + "/catalogue"}, [](LogPosition, std::string_view) {}));
    TRY_DO(write_catalogue(*log));
    TRY_DO(sync_folder(folder));
    return name;
  });
}

}  // namespace aloft::telemetry::metrics
