// A store in a folder of its own that goes away with it, for tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/sim_loop.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs {

class TemporaryStore {
 public:
  TemporaryStore();
  ~TemporaryStore();
  using Line = std::pair<std::int64_t, std::string>;  // seconds, text
  void push(Labels labels, std::vector<Line> lines,
            std::vector<std::pair<std::string, std::string>> fields = {});
  // Opens it again from what is on disk.
  void reopen();
  LogStore& store() { return *store_; }
  io::SimLoop& clock() { return clock_; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
  io::SimLoop clock_{WallTime{std::chrono::seconds(1000)}};
  Metrics metrics_;
  std::unique_ptr<LogStore> store_;
};

}  // namespace aloft::telemetry::logs
