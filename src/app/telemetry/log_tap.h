// Our own log lines on their way into our own log store. Lines come from any thread, before the store exists
// and while it is busy, so they wait in a small bounded queue; a flood loses lines there, never on standard
// error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "io/guarded.h"
#include "telemetry/core/log_batch.h"

namespace aloft::app {

// Any thread.
class LogTap {
 public:
  explicit LogTap(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}
  void add(Level level, std::string_view line);
  // What came since the last call, as a stream for each level; empty when nothing did.
  telemetry::LogBatch take();

 private:
  struct Line {
    Level level;
    std::int64_t time_ns;
    std::string text;
  };
  struct Queue {
    std::vector<Line> lines;
    std::size_t bytes = 0;
    std::uint64_t lost = 0;
  };
  std::shared_ptr<const Clock> clock_;
  io::Guarded<Queue> queue_;
};

// Standard error as before, and the tap besides. For configure_log().
std::function<void(Level, std::string_view)> tapped_output(std::shared_ptr<LogTap> tap);

}  // namespace aloft::app
