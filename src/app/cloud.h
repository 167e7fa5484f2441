// One machine's cloud: every part, made in start order and stopped in reverse. This is the map of the
// program: who uses what can be read from the order of the members.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/data_directory.h"
#include "app/telemetry/log_tap.h"
#include "app/telemetry/settings.h"
#include "base/result.h"
#include "io/epoll_loop.h"

namespace aloft::app {

struct CloudSettings {
  std::string data_dir;
  std::string listen = "127.0.0.1:6443";
  std::string advertise;
  std::string store = "sqlite";
  std::string runtime = "cri";
  std::string node_name;
  std::string service_range;  // empty: that of the data directory, or a free one
  std::string pod_range;
  std::string cluster_domain = "cluster.local";
  std::string token_file;
  std::shared_ptr<LogTap> log_tap;  // null: no telemetry
  TelemetrySettings telemetry;
  std::string telemetry_for_pods = "write";  // or all, or nothing
};

// Lives on the main loop.
class Cloud {
 public:
  // Starts everything; when this returns, a pod can be scheduled. Errors say which part failed, with
  // everything stopped again.
  static io::Task<Result<std::unique_ptr<Cloud>>> start(io::EpollLoop& loop, CloudSettings settings);
  virtual ~Cloud() = default;
  // The line that tells people and scripts that the cloud is ready: "ready api=https://127.0.0.1:6443 ...".
  virtual std::string ready_line() const = 0;
  // Stops in reverse order; pods keep running.
  virtual io::Task<> stop() = 0;
};

}  // namespace aloft::app
