// What the parts of one execution share: limits, the clock that runs against it, threads and figures.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "io/guarded.h"
#include "telemetry/logs/logql/engine.h"

namespace aloft::telemetry::logs::logql {

class Execution {
 public:
  Execution(const LogStore& the_store, io::Pool& pool, const QueryLimits& the_limits,
            const QueryRequest& the_request, const std::atomic<bool>* cancelled);

  // Error: timeout, cancelled, or bad_request when more was read than is allowed.
  Result<> check() const;
  // Counts what a unit gave.
  void count(const ScanRows& rows, bool in_head);
  void warn(std::string what);
  // Reads a unit; a damaged one becomes a warning and gives nothing.
  Result<ScanRows> read(const Scan& scan, std::size_t unit);
  // Calls work(worker, i) for every i < count, several at once; `worker` < workers() is never used twice at
  // once. Stops at the first error.
  Result<> parallel(std::size_t count,
                    const std::function<Result<>(std::size_t worker, std::size_t i)>& work);
  std::size_t workers() const { return std::max<std::size_t>(limits.parallel, 1); }
  QueryStats stats() const;
  std::vector<std::string> warnings() {
    return warnings_.with([](auto& all) { return all; });
  }

  const LogStore& store;
  const QueryLimits& limits;
  const QueryRequest& request;
  const bool virtual_level;  // the query speaks of detected_level

 private:
  io::Pool& pool_;
  const std::atomic<bool>* cancelled_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> bytes_{0}, lines_{0}, stored_{0}, units_{0}, skipped_{0}, head_lines_{0},
      head_bytes_{0};
  io::Guarded<std::vector<std::string>> warnings_;
};

}  // namespace aloft::telemetry::logs::logql
