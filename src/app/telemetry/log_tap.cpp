// The queue between the log facade and the log store.
#include "app/telemetry/log_tap.h"

#include <cstdio>
#include <map>

#include "telemetry/core/labels.h"

namespace aloft::app {
namespace {

constexpr std::size_t queue_bytes = 256 * 1024;

std::string_view name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

}  // namespace

void LogTap::add(Level level, std::string_view line) {
  const std::int64_t now = clock_->wall().since_epoch.count();
  while (line.ends_with('\n')) line.remove_suffix(1);
  queue_.with([&](Queue& queue) {
    if (queue.bytes + line.size() > queue_bytes) {
      ++queue.lost;
      return;
    }
    queue.bytes += line.size();
    queue.lines.push_back({level, now, std::string(line)});
  });
}

telemetry::LogBatch LogTap::take() {
  Queue taken;
  queue_.with([&](Queue& queue) { std::swap(taken, queue); });
  if (taken.lost > 0) {
    taken.lines.push_back({Level::warning, clock_->wall().since_epoch.count(),
                           fmt::format("{} lines of our own were not kept", taken.lost)});
  }
  std::map<Level, telemetry::LogStream> streams;
  for (Line& line : taken.lines) {
    telemetry::LogStream& stream = streams[line.level];
    stream.entries.push_back({line.time_ns, std::move(line.text), {}});
  }
  telemetry::LogBatch batch;
  for (auto& [level, stream] : streams) {
    stream.labels = telemetry::Labels({{"job", "aloft"}, {"level", name(level)}, {"service_name", "aloft"}});
    batch.streams.push_back(std::move(stream));
  }
  return batch;
}

std::function<void(Level, std::string_view)> tapped_output(std::shared_ptr<LogTap> tap) {
  return [tap = std::move(tap)](Level level, std::string_view line) {
    std::string text(line);
    if (!text.ends_with('\n')) text += '\n';
    (void)std::fwrite(text.data(), 1, text.size(), stderr);
    tap->add(level, line);
  };
}

}  // namespace aloft::app
