// Taking up what a folder holds: blocks, the catalogue, runs, and then the log. Nothing that is damaged stops
// the start; it is set aside and reported.
#include <cerrno>
#include <cstdio>
#include <random>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/ensure.h"
#include "io/file.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/metrics/engine/engine.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::size_t most_damage_notes = 100;

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreSettings settings, const Clock& clock, Metrics& metrics) {
  auto engine = std::make_unique<Engine>(std::move(settings), clock, metrics);
  TRY_DO(engine->start());
  return engine;
}

Engine::Engine(StoreSettings settings, const Clock& clock, Metrics& metrics)
    : settings_(std::move(settings)),
      clock_(clock),
      seed_(random_seed()),
      cache_(std::make_shared<ChunkCache>(settings_.cache_bytes)),
      exemplars_(settings_.exemplars, settings_.exemplars_per_series),
      samples_total_(metrics.counter("telemetry_metrics_samples_total", "Samples that were accepted.")),
      rejected_total_(metrics.counter("telemetry_metrics_rejected_samples_total",
                                      "Samples that were refused: limits, age, malformed labels.")),
      damaged_total_(metrics.counter("telemetry_metrics_damaged_total",
                                     "Files, records and chunks that were found damaged.")),
      flushed_total_(metrics.counter("telemetry_metrics_flushed_samples_total",
                                     "Samples that were moved from memory to disk.")),
      merged_total_(metrics.counter("telemetry_metrics_merged_samples_total",
                                    "Samples that were written anew by merging.")),
      series_gauge_(metrics.gauge("telemetry_metrics_series", "Series with recent samples.")),
      buffered_gauge_(metrics.gauge("telemetry_metrics_buffered_samples", "Samples in memory.")),
      log_bytes_gauge_(metrics.gauge("telemetry_metrics_log_bytes", "Size of the logs on disk.")),
      disk_bytes_gauge_(metrics.gauge("telemetry_metrics_disk_bytes", "Size of runs and blocks on disk.")),
      writable_gauge_(
          metrics.gauge("telemetry_metrics_writable", "1 while the disk takes samples, otherwise 0.")) {
  ensure(settings_.block_duration >= 1ms, "a block has a duration");
  ensure(settings_.buffer_samples > 0, "the buffer has room for a sample");
  writable_gauge_.set(1);
}

Engine::~Engine() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

Result<> Engine::start() {
  for (const char* folder : {"", "/runs", "/blocks", "/damaged"}) {
    TRY_DO(io::make_directories(settings_.folder + folder));
  }
  TRY_DO(lock_folder());
  TRY_DO(load_blocks());
  TRY_DO(load_catalogue());
  TRY_DO(load_runs());
  TRY_DO(replay_log());
  update_gauges();
  return {};
}

Result<> Engine::lock_folder() {
  const std::string path = settings_.folder + "/lock";
  lock_fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_fd_ < 0) return fail(system_error("open " + path, errno));
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::conflict, settings_.folder + " is used by another process");
  }
  return {};
}

void Engine::note_damage(std::string what) const {
  log_line_.warning("{}", what);
  damaged_total_.add();
  trouble_.with([&](Trouble& trouble) {
    if (trouble.damage.size() >= most_damage_notes) trouble.damage.erase(trouble.damage.begin());
    trouble.damage.push_back(std::move(what));
  });
}

void Engine::set_aside(const std::string& path, const Error& why) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string target = fmt::format("{}/damaged/{}-{}", settings_.folder, name, new_file());
  const bool moved = ::rename(path.c_str(), target.c_str()) == 0;
  note_damage(fmt::format("{}; {}", why.message(), moved ? "set aside as " + target : "left where it is"));
}

Result<> Engine::load_blocks() {
  const std::string folder = settings_.folder + "/blocks";
  TRY(names, io::list_directory(folder));
  std::vector<BlockPtr> blocks;
  std::set<std::uint64_t> replaced;
  std::uint64_t highest_file = 0;
  std::uint64_t highest_sequence = 0;
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (name.ends_with(".tmp")) {
      TRY_DO(io::remove_tree(path));
      continue;
    }
    auto block = Block::open(path, cache_);
    if (!block) {
      set_aside(path, block.error());
      continue;
    }
    const BlockMeta& meta = (*block)->meta();
    replaced.insert(meta.replaces.begin(), meta.replaces.end());
    highest_file = std::max(highest_file, meta.id);
    highest_sequence = std::max(highest_sequence, meta.sequence);
    blocks.push_back(std::move(*block));
  }
  std::erase_if(blocks, [&](const BlockPtr& block) {
    if (!replaced.contains(block->meta().id)) return false;
    remove_block(block);
    return true;
  });
  std::ranges::sort(
      blocks, {}, [](const BlockPtr& block) { return std::pair(block->meta().sequence, block->meta().id); });
  intake_.with([&](Intake& intake) {
    auto next = std::make_shared<View>(*intake.view);
    next->blocks = std::move(blocks);
    intake.next_file = std::max(intake.next_file, highest_file + 1);
    intake.next_sequence = std::max(intake.next_sequence, highest_sequence + 1);
    intake.view = std::move(next);
  });
  return {};
}

Result<> Engine::load_catalogue() {
  std::vector<Tombstone> tombstones;
  std::string scratch;
  CatalogueReader reader;
  reader.series = [&](const CatalogueSeries& series) {
    const auto labels = canonical_labels(series.labels, scratch);
    if (!labels || series.ref >= LastTimes::most_series) return;
    const std::uint16_t tenant = tenant_number(series.tenant);
    index_.with([&](SeriesIndex& index) {
      // A number that is used again was given up by the series that had it before.
      if (index.has(series.ref)) return;
      index.add(*labels, tenant, series.ref);
      last_times_.add(series.ref);
      table_.with(
          [&](SeriesTable& table) { table.insert(hash_label_bytes(labels->encoded(), seed_), series.ref); });
    });
  };
  reader.metadata = [&](MetricMetadata metadata) {
    catalogue_.with([&](Catalogue& catalogue) { catalogue.metadata[metadata.family] = std::move(metadata); });
  };
  reader.exemplar = [&](const CatalogueExemplar& exemplar) {
    exemplars_.add(
        LabelsView(exemplar.series),
        {.labels = Labels(LabelsView(exemplar.labels)), .value = exemplar.value, .time = exemplar.time});
  };
  reader.tombstone = [&](Tombstone tombstone) { tombstones.push_back(std::move(tombstone)); };
  reader.no_tombstones = [&] { tombstones.clear(); };
  RecordLogReport report;
  TRY(log, RecordLog::open(
               {.folder = settings_.folder + "/catalogue"},
               [&](LogPosition position, std::string_view record) {
                 if (read_catalogue_record(record, reader)) return;
                 note_damage(fmt::format("catalogue: a damaged record in segment {} at {}", position.segment,
                                         position.offset));
               },
               &report));
  catalogue_log_ = std::move(log);
  catalogue_.with([&](Catalogue& catalogue) { catalogue.bytes_after_checkpoint = catalogue_log_->bytes(); });
  if (report.damaged > 0) {
    note_damage(fmt::format("catalogue: {} damaged places, first: {}", report.damaged, report.first_damage));
  }
  intake_.with([&](Intake& intake) {
    auto next = std::make_shared<View>(*intake.view);
    for (const Tombstone& tombstone : tombstones) {
      intake.next_sequence = std::max(intake.next_sequence, tombstone.sequence + 1);
    }
    next->tombstones = std::move(tombstones);
    intake.view = std::move(next);
  });
  return {};
}

Result<> Engine::load_runs() {
  const std::string folder = settings_.folder + "/runs";
  TRY(names, io::list_directory(folder));
  std::vector<RunPtr> runs;
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (name.ends_with(".tmp")) {
      TRY_DO(io::remove_tree(path));
      continue;
    }
    auto run = Run::open(path, cache_);
    if (!run) {
      set_aside(path, run.error());
      continue;
    }
    runs.push_back(share_series(std::move(*run), runs));
  }
  const ViewPtr now = view();
  // A crash may have come between putting a merged file in its place and removing what it was made of.
  const auto is_covered = [&](const RunPtr& run) {
    const RunMeta& meta = run->meta();
    const bool merged = std::ranges::any_of(runs, [&](const RunPtr& other) {
      const RunMeta& by = other->meta();
      return by.id > meta.id && by.window == meta.window && by.low <= meta.low && by.high >= meta.high;
    });
    return merged || std::ranges::any_of(now->blocks, [&](const BlockPtr& block) {
             const BlockMeta& by = block->meta();
             return by.from_runs && by.id > meta.id && by.begin <= meta.window && meta.window < by.end &&
                    by.sequence >= meta.high;
           });
  };
  std::vector<RunPtr> kept;
  for (const RunPtr& run : runs) {
    if (is_covered(run)) {
      ::unlink(run->file().path().c_str());
    } else {
      kept.push_back(run);
    }
  }
  std::ranges::sort(kept, {}, [](const RunPtr& run) { return std::pair(run->meta().high, run->meta().id); });
  intake_.with([&](Intake& intake) {
    auto next = std::make_shared<View>(*intake.view);
    for (const RunPtr& run : runs) {
      intake.next_file = std::max(intake.next_file, run->meta().id + 1);
      intake.next_sequence = std::max(intake.next_sequence, run->meta().high + 1);
    }
    next->runs = std::move(kept);
    intake.view = std::move(next);
  });
  return {};
}

Result<> Engine::replay_log() {
  intake_.with([&](Intake& intake) {
    intake.current =
        std::make_shared<SampleBuffer>(settings_.buffer_samples, intake.next_sequence++, LogPosition());
  });
  std::vector<NewSample> samples;
  std::vector<NewHistogram> histograms;
  std::uint64_t unknown = 0;
  RecordLogReport report;
  const auto replay = [&](LogPosition position, std::string_view record) {
    if (!decode_write_record(record, samples, histograms)) {
      note_damage(
          fmt::format("log: a damaged record in segment {} at {}", position.segment, position.offset));
    }
    index_.with([&](SeriesIndex& index) {
      unknown += std::erase_if(samples, [&](const NewSample& one) { return !index.has(one.ref); });
      unknown += std::erase_if(histograms, [&](const NewHistogram& one) { return !index.has(one.ref); });
    });
    const std::size_t count = samples.size() + histograms.size();
    if (count == 0) return;
    intake_.with([&](Intake& intake) {
      if (!intake.current->reserve(count)) {
        intake.frozen.push_back(intake.current);
        intake.current = std::make_shared<SampleBuffer>(std::max(settings_.buffer_samples, count),
                                                        intake.next_sequence++, LogPosition());
        ensure(intake.current->reserve(count), "a new buffer has room");
      }
      append(intake, *intake.current, samples, histograms);
      intake.current->written();
      intake.first_sample = clock_.wall();
    });
    // As in running: no more than a buffer or two in memory at any time, unless the disk is full.
    if (const bool full = intake_.with([](Intake& intake) { return !intake.frozen.empty(); }); !full) return;
    if (const auto moved = flush_ready(); !moved) {
      writable_ = false;
      log_line_.warning("samples stay in memory and the log: {}", moved.error().message());
    }
  };
  RecordLogSettings log_settings{.folder = settings_.folder + "/wal"};
  log_settings.compress = false;
  TRY(log, RecordLog::open(log_settings, replay, &report));
  log_ = std::move(log);
  if (unknown > 0) note_damage(fmt::format("log: {} samples of series that the catalogue lost", unknown));
  if (report.damaged > 0) {
    note_damage(fmt::format("log: {} damaged places, first: {}", report.damaged, report.first_damage));
  }
  trouble_.with([&](Trouble& trouble) { trouble.replay = report; });
  intake_.with([](Intake& intake) { intake.samples_written = 0; });
  return {};
}

}  // namespace aloft::telemetry::metrics
