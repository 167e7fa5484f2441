// Everything of telemetry in one process: stores, pipeline, engines, interfaces, and our own signals. Runs
// alone (aloft telemetry) or beside a cloud (aloft up).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/telemetry/front.h"
#include "app/telemetry/log_tap.h"
#include "app/telemetry/settings.h"
#include "base/metrics.h"
#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/discovery/monitors/monitor_jobs.h"
#include "telemetry/discovery/pod_log_files.h"
#include "telemetry/discovery/targets/kubernetes_targets.h"
#include "telemetry/logs/store/pod_lines.h"
#include "telemetry/promql/value.h"

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
  // For sources inside the process; its calls may come from any thread.
  virtual telemetry::Pipeline& pipeline() = 0;

  // The vector that a PromQL expression gives now.
  virtual io::Task<Result<std::vector<telemetry::promql::Sample>>> instant(std::string expression) = 0;

  // What a cloud brings along. join() begins to scrape what the cloud's objects name, by the configuration or
  // by default jobs; leave() ends that, and must be called before `targets` go. Error: a job that cannot be
  // set up.
  virtual Result<> join(telemetry::discovery::KubernetesTargets& targets) = 0;
  virtual io::Task<> leave() = 0;
  // Scrapes that the cloud's objects ask for, beside those of the configuration; replaces the previous set. A
  // job that cannot be set up is told in the log.
  virtual void use_monitor_jobs(std::vector<telemetry::discovery::MonitorJob> jobs) = 0;
  // Rules beside those of files, by name; replaces the previous set.
  virtual void use_rule_files(std::map<std::string, std::string> files) = 0;
  // What the store has of a container, each line appended by `append`; on a pool thread.
  virtual io::Task<Result<std::string>> read_pod_lines(
      telemetry::logs::PodLinesRequest request,
      std::function<void(std::string& out, const telemetry::logs::PodLine& line)> append) = 0;
  // The folders of container logs to read; replaces the previous set.
  virtual void use_log_folders(std::vector<telemetry::discovery::ContainerLogFolder> folders) = 0;
  // Serves pods at an address that they reach, on ports of their own: only what brings telemetry, or
  // everything.
  virtual Result<std::vector<ServedPort>> serve_pods(const std::string& host, bool everything) = 0;
  // Stops taking requests, then makes durable what was taken.
  virtual io::Task<> stop() = 0;
};

}  // namespace aloft::app
