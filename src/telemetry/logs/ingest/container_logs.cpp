// The loop that polls.
#include "telemetry/logs/ingest/container_logs.h"

#include "io/guarded.h"
#include "telemetry/logs/log.h"

namespace aloft::telemetry::logs {
// Outlives the owner while the pool reads.
struct ContainerLogs::Shared {
  Shared(std::string checkpoints, LogFileReader::Deliver deliver)
      : reader(std::move(checkpoints), std::move(deliver)) {}
  // Rounds never overlap: the loop waits for each.
  LogFileReader reader;
  io::Guarded<std::vector<LogFolder>> folders;
  bool loaded = false;

  Result<bool> round() {
    if (!std::exchange(loaded, true)) reader.load_checkpoints();
    reader.set_folders(folders.with([](auto& all) { return all; }));
    return reader.poll();
  }
};

ContainerLogs::ContainerLogs(io::Loop& loop, io::Pool& pool, Pipeline& pipeline, Metrics& metrics,
                             ContainerLogSettings settings)
    : loop_(loop), pool_(pool), settings_(std::move(settings)) {
  Counter& lines =
      metrics.counter("telemetry_logs_container_lines_total", "Lines read from container log files.");
  auto deliver = [&pipeline, &lines, tenant = settings_.tenant](LogBatch batch) {
    batch.tenant = tenant;
    lines.add(batch.entry_count());
    return pipeline.write(std::move(batch));
  };
  shared_ = std::make_shared<Shared>(settings_.checkpoint_path, std::move(deliver));
}

ContainerLogs::~ContainerLogs() = default;

void ContainerLogs::set_folders(std::vector<LogFolder> folders) {
  shared_->folders.with([&](auto& all) { all = std::move(folders); });
}

io::Task<> ContainerLogs::run() {
  Time saved = loop_.now();
  bool failing = false;
  for (;;) {
    auto work = [shared = shared_] { return shared->round(); };
    auto read = co_await pool_.run(loop_, std::move(work));
    if (!read && !failing) logger.warning("container logs wait: {}", read.error().message());
    failing = !read;
    if (loop_.now() - saved >= settings_.save_every) {
      saved = loop_.now();
      auto save = [shared = shared_] { return shared->reader.save_checkpoints(); };
      auto done = co_await pool_.run(loop_, std::move(save));
      if (!done) logger.warning("container log checkpoints: {}", done.error().message());
    }
    const bool more = read && *read;
    co_await loop_.sleep(more ? settings_.poll_every / 10 : settings_.poll_every);
  }
}

io::Task<Result<>> ContainerLogs::drain() {
  auto work = [shared = shared_]() -> Result<> {
    for (;;) {
      TRY(any, shared->round());
      if (!any) break;
    }
    return shared->reader.save_checkpoints();
  };
  co_return co_await pool_.run(loop_, std::move(work));
}

}  // namespace aloft::telemetry::logs
