// Telemetry beside a cloud: on a thread of its own, so that a burst of samples never slows the API.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/telemetry/telemetry.h"
#include "io/loop_thread.h"

namespace aloft::app {

// Made and destroyed on the main loop; what it holds lives on its own.
class TelemetryLoop {
 public:
  // Resumes when everything is served.
  static io::Task<Result<std::unique_ptr<TelemetryLoop>>> start(io::EpollLoop& main, const Clock& clock,
                                                                Metrics& metrics, TelemetrySettings settings,
                                                                std::shared_ptr<LogTap> tap);
  explicit TelemetryLoop(io::EpollLoop& main) : main_(main), thread_("aloft-telemetry") {}  // for start()
  TelemetryLoop(const TelemetryLoop&) = delete;
  TelemetryLoop& operator=(const TelemetryLoop&) = delete;
  const std::map<std::string, std::string>& urls() const { return urls_; }
  // Its calls are made on loop(), those apart that say otherwise.
  Telemetry& telemetry() { return *telemetry_; }
  io::Loop& loop() { return thread_.loop(); }
  // See Telemetry::serve_pods().
  io::Task<Result<std::vector<ServedPort>>> serve_pods(std::string host, bool everything);
  io::Task<> stop();

 private:
  io::Task<Result<>> build(const Clock& clock, Metrics& metrics, TelemetrySettings settings,
                           std::shared_ptr<LogTap> tap);
  io::Task<> clear();

  io::EpollLoop& main_;
  std::map<std::string, std::string> urls_;
  io::LoopThread thread_;
  std::unique_ptr<Telemetry> telemetry_;  // touched on the thread's loop only
};

}  // namespace aloft::app
