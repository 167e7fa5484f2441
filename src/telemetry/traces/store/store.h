// The store of spans: what the pipeline writes to and what queries read. Spans are logged before they are
// acknowledged, gathered in memory, and moved to immutable blocks; see README.md for the way of a span.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/part.h"
#include "telemetry/traces/store/table_builder.h"

namespace aloft::telemetry::traces {

struct TraceLimits {
  std::uint64_t spans_per_trace = 100'000;
  std::uint64_t bytes_per_trace = 50 * 1024 * 1024;  // about, as the spans came
  AttributeLimits attributes;
};

struct TraceStoreSettings {
  std::string folder;  // made when missing
  // Blocks whose newest span arrived longer ago are removed; likewise the oldest beyond the bytes. Zero: no
  // limit.
  Duration retention = 14 * 24h;
  std::uint64_t retention_bytes = 0;
  // Spans in memory become a block when they are this many, this large or this old. Memory holds at most
  // twice head_bytes: beyond, writes are refused with "unavailable".
  std::size_t head_spans = 400'000;
  std::size_t head_bytes = 128 * 1024 * 1024;
  Duration head_age = 10min;
  std::size_t group_rows = 2048;
  // Blocks are merged up to this size.
  std::uint64_t block_spans = 4'000'000;
  TraceLimits limits;
};

// What a query sees: the parts that may hold spans of its time. Keeps them alive.
struct StoreView {
  std::vector<std::shared_ptr<const Part>> parts;
};

struct TraceStoreStatus {
  std::uint64_t head_spans = 0;
  std::uint64_t head_bytes = 0;
  std::uint64_t blocks = 0;
  std::uint64_t block_spans = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t log_bytes = 0;
  std::vector<std::string> damaged;  // blocks and log segments that were left out, with the reason
  std::string last_failure;          // of writing a block; empty when the last one succeeded
};

// write(), view() and everything that reads: from any thread. maintain() and flush() block and take turns.
class TraceStore : public Exporter<SpanBatch> {
 public:
  // Reads the log and the footers of all blocks; damaged ones are left out and told by status(). The pool,
  // the clock and the metrics outlive the store. Error: I/O on the folder.
  static Result<std::unique_ptr<TraceStore>> open(TraceStoreSettings settings, io::Pool& pool,
                                                  const Clock& clock, Metrics& metrics);

  std::string_view name() const override { return "traces"; }
  // Durable against the end of the process when it returns. Spans without a trace or span id and spans of a
  // trace beyond its limits are rejected by name. Error: unavailable when the disk or the memory is full.
  Result<WriteReport> write(const SpanBatch& batch) override = 0;

  virtual StoreView view(const TimeRange& range = {}) const = 0;
  // One trace whole, without duplicates, spans in order of start. Blocks for the disk. Error: not_found.
  virtual Result<SpanBatch> trace(const TraceId& id, const TimeRange& range = {}) const = 0;
  // Services with their operations and all attribute keys of that time.
  virtual PartSummary summary(const TimeRange& range = {}) const = 0;
  virtual TraceStoreStatus status() const = 0;

  // Everything in memory becomes a block. Error: unavailable; the spans stay where they are.
  virtual Result<> flush() = 0;
  // Syncs the log, writes blocks that are due, compacts, removes what is too old. Meant for every second.
  virtual Result<> maintain() = 0;
  // Runs maintain() on the pool until dropped.
  io::Task<> run(io::Loop& loop);

 protected:
  explicit TraceStore(io::Pool& pool) : pool_(pool) {}
  io::Pool& pool_;
};

// Reads a trace out of parts; for stores and queries.
Result<SpanBatch> read_trace(const StoreView& view, const TraceId& id,
                             std::vector<std::string>* damage = nullptr);
// All spans of a table, grouped by resource and scope.
Result<SpanBatch> read_table(const SpanTable& table);

}  // namespace aloft::telemetry::traces
