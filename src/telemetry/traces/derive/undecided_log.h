// The log of spans that wait for a decision about their trace: what was acknowledged outlives the process
// though no store has it yet. Decisions stand in it too, so that a restart does not ask again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/core/record_log.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/table_builder.h"

namespace aloft::telemetry::traces {

using Decision = std::pair<TraceId, bool>;  // true: kept

// What a start finds in the log.
struct UndecidedReplay {
  std::function<void(const std::vector<Decision>&)> decided;
  // Spans of traces that no decision follows, oldest first.
  std::function<void(LogPosition, SpanBatch)> waiting;
};

// Every call from any thread.
class UndecidedLog {
  struct Opened {};

 public:
  // Hands over all decisions first, then the spans that still wait. Damaged records are left out and told in
  // the log. Error: I/O on the folder.
  static Result<std::unique_ptr<UndecidedLog>> open(const std::string& folder, AttributeLimits limits,
                                                    const UndecidedReplay& replay);
  // Durable against the end of the process when it returns. Error: unavailable when the disk is full.
  Result<LogPosition> add(const SpanBatch& batch);
  Result<> add(const std::vector<Decision>& decisions);
  // Ends the current file; gives the position at which the next one begins.
  Result<LogPosition> cut() { return log_->cut(); }
  // Removes files that hold only what stands before the position.
  Result<> drop_before(LogPosition position) { return log_->drop_before(position); }
  UndecidedLog(Opened, std::unique_ptr<RecordLog> log, AttributeLimits limits)
      : log_(std::move(log)), limits_(limits) {}
  Result<> sync() { return log_->sync(); }
  std::uint64_t bytes() const { return log_->bytes(); }

 private:
  std::unique_ptr<RecordLog> log_;
  AttributeLimits limits_;
};

}  // namespace aloft::telemetry::traces
