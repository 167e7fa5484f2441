// From the buffer to runs on disk.
#include <algorithm>
#include <map>

#include <unistd.h>

#include "telemetry/core/disk_file.h"
#include "telemetry/metrics/column_merge.h"
#include "telemetry/metrics/engine/engine.h"

namespace aloft::telemetry::metrics {
namespace {

// How many files one pass over a buffer writes at once; history that is imported may touch more windows.
constexpr std::size_t windows_at_once = 16;

// The series of a buffer in the order of labels. Nobody appends to it any more.
std::vector<SeriesRef> series_in_order(const SampleBuffer& buffer, const SeriesOrder& order) {
  std::vector<SeriesRef> by_rank(order.rank.size(), no_series);
  std::vector<SeriesRef> unranked;
  for (SeriesRef ref = 0; ref < buffer.series_capacity(); ++ref) {
    if (buffer.end_of(ref) == no_chain) continue;
    const std::uint32_t rank = order.of(ref);
    if (rank == SeriesOrder::no_rank) {
      unranked.push_back(ref);
    } else {
      by_rank[rank] = ref;
    }
  }
  std::erase(by_rank, no_series);
  by_rank.insert(by_rank.end(), unranked.begin(), unranked.end());
  return by_rank;
}

}  // namespace

ViewPtr Engine::view() const {
  return intake_.with([](Intake& intake) { return intake.view; });
}

Millis Engine::window_of(Millis time) const {
  const Millis length = settings_.block_duration / 1ms;
  const Millis rest = ((time % length) + length) % length;
  return time - rest;
}

std::string Engine::run_path(std::uint64_t id) const {
  return settings_.folder + "/runs/" + Run::file_name(id);
}

std::uint64_t Engine::new_file() {
  return intake_.with([](Intake& intake) { return intake.next_file++; });
}

SeriesOrderPtr Engine::series_order() const {
  return index_.with([](SeriesIndex& index) { return index.order(); });
}

Result<> Engine::flush() {
  return structure_.with([this](Structure&) { return flush_all(); });
}

Result<> Engine::flush_all() {
  intake_.with([&](Intake& intake) {
    if (intake.current->size() > 0) rotate(intake, 0);
  });
  return flush_ready();
}

// Buffers with writers under way are left for the next call.
Result<> Engine::flush_ready() {
  for (;;) {
    const auto buffer = intake_.with([](Intake& intake) -> BufferPtr {
      for (const BufferPtr& one : intake.frozen) {
        const bool claimed = std::ranges::find(intake.claimed, one.get()) != intake.claimed.end();
        if (claimed || one->has_writers()) continue;
        intake.claimed.push_back(one.get());
        return one;
      }
      return nullptr;
    });
    if (buffer == nullptr) return {};
    const auto flushed = flush_buffer(*buffer);
    intake_.with([&](Intake& intake) { std::erase(intake.claimed, buffer.get()); });
    if (!flushed) return flushed;
    writable_ = true;
    drop_log();
  }
}

Result<> Engine::flush_buffer(SampleBuffer& buffer) {
  // The meaning of the series' numbers must be on disk before files that use them are.
  TRY_DO(persist_pending());
  TRY_DO(catalogue_log_->sync());
  std::vector<RunPtr> runs;
  if (auto written = write_runs(buffer, runs); !written) {
    // The next try writes all of them; those that were ready when the disk was full would stay beside.
    for (const RunPtr& run : runs) ::unlink(run->file().path().c_str());
    return written;
  }
  flushed_total_.add(buffer.size());
  const ViewPtr before = view();
  for (RunPtr& run : runs) run = share_series(std::move(run), before->runs);
  intake_.with([&](Intake& intake) {
    auto next = std::make_shared<View>(*intake.view);
    next->runs.insert(next->runs.end(), runs.begin(), runs.end());
    std::ranges::sort(next->runs, {},
                      [](const RunPtr& run) { return std::pair(run->meta().high, run->meta().id); });
    intake.view = std::move(next);
    for (const RunPtr& run : runs) intake.window_activity[run->meta().window] = clock_.wall();
    std::erase_if(intake.frozen, [&](const BufferPtr& one) { return one.get() == &buffer; });
  });
  return {};
}

Result<> Engine::write_runs(const SampleBuffer& buffer, std::vector<RunPtr>& runs) {
  if (buffer.size() == 0) return {};  // all that room was set aside for was refused by the log
  std::map<Millis, std::unique_ptr<RunWriter>> windows;
  windows[window_of(buffer.min_time())];
  const bool several = window_of(buffer.min_time()) != window_of(buffer.max_time());
  for (std::size_t i = 0; several && i < buffer.size(); ++i) windows[window_of(buffer.time_at(i))];
  const std::vector<SeriesRef> series = series_in_order(buffer, *series_order());
  const Millis length = settings_.block_duration / 1ms;
  Column all, part;
  for (auto first = windows.begin(); first != windows.end();) {
    auto last = first;
    for (std::size_t i = 0; i < windows_at_once && last != windows.end(); ++i, ++last) {
      const RunMeta meta{
          .id = new_file(), .window = last->first, .low = buffer.sequence(), .high = buffer.sequence()};
      TRY(writer, RunWriter::create(settings_.folder + "/runs", meta, ChunkWriter::Effort::quick));
      writer->reserve(series.size());
      last->second = std::move(writer);
    }
    for (const SeriesRef ref : series) {
      all.clear();
      buffer.read(buffer.end_of(ref), buffer.in_order(), INT64_MIN, INT64_MAX, all);
      put_in_order(all);
      if (windows.size() == 1) {
        TRY_DO(first->second->add(ref, all));
        continue;
      }
      for (auto window = first; window != last; ++window) {
        const auto from = std::ranges::lower_bound(all.times, window->first) - all.times.begin();
        const auto to = std::ranges::lower_bound(all.times, window->first + length) - all.times.begin();
        if (from == to) continue;
        part.clear();
        append_range(part, all, static_cast<std::size_t>(from), static_cast<std::size_t>(to));
        TRY_DO(window->second->add(ref, part));
      }
    }
    for (; first != last; ++first) {
      TRY(run, first->second->finish(cache_));
      if (run != nullptr) runs.push_back(std::move(run));
      first->second.reset();
    }
  }
  return sync_folder(settings_.folder + "/runs");
}

// What is on disk as runs needs no log.
void Engine::drop_log() {
  if (log_ == nullptr) return;  // still being replayed
  const LogPosition needed = intake_.with([](Intake& intake) {
    LogPosition least = intake.current->log_begin();
    for (const BufferPtr& buffer : intake.frozen) least = std::min(least, buffer->log_begin());
    return least;
  });
  if (const auto dropped = log_->drop_before(needed); !dropped) {
    log_line_.warning("old log segments stay: {}", dropped.error().message());
  }
}

}  // namespace aloft::telemetry::metrics
