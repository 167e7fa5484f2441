// Follows the log files of containers and hands their lines to the pipeline.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/logs/ingest/log_files.h"

namespace aloft::telemetry::logs {

struct ContainerLogSettings {
  std::string checkpoint_path;  // remembers how far each file was read
  std::string tenant;
  Duration poll_every = std::chrono::milliseconds(500);
  Duration save_every = std::chrono::seconds(5);
};

// Lives on one loop; files are read on the pool.
class ContainerLogs {
 public:
  ContainerLogs(io::Loop& loop, io::Pool& pool, Pipeline& pipeline, Metrics& metrics,
                ContainerLogSettings settings);
  ~ContainerLogs();
  // All folders there are; replaces those before.
  void set_folders(std::vector<LogFolder> folders);
  // Reads until it is dropped. Checkpoints are at most `save_every` old then; what is read twice because of
  // that is stored once.
  io::Task<> run();
  // Reads what there is now and remembers it; for the end and for tests.
  io::Task<Result<>> drain();

 private:
  struct Shared;
  io::Loop& loop_;
  io::Pool& pool_;
  ContainerLogSettings settings_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace aloft::telemetry::logs
