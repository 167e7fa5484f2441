// Everything of telemetry in one process: stores, pipeline, engines, interfaces, and our own signals. Runs
// alone (aloft telemetry) or beside a cloud (aloft up).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/telemetry/log_tap.h"
#include "app/telemetry/settings.h"
#include "base/metrics.h"
#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::app {

// Lives on one loop.
class Telemetry {
 public:
  // Resumes when everything is served. `tap` may be null: our own log lines are not kept then. Error: which
  // part, with everything stopped again.
  static io::Task<Result<std::unique_ptr<Telemetry>>> start(io::EpollLoop& loop, const Clock& clock,
                                                            Metrics& metrics, TelemetrySettings settings,
                                                            std::shared_ptr<LogTap> tap);
  virtual ~Telemetry() = default;
  // Service name to URL, for endpoints.json.
  virtual const std::map<std::string, std::string>& urls() const = 0;
  // Stops taking requests, then makes durable what was taken.
  virtual io::Task<> stop() = 0;
};

}  // namespace aloft::app
