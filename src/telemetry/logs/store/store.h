// The log store: takes batches over and keeps them on disk, compressed and searchable. A batch is
// acknowledged when it stands in the write-ahead log and in memory; memory is written to immutable blocks in
// the background, small blocks are merged, old ones removed. A damaged block or record is set aside and
// reported.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/logs/store/limits.h"
#include "telemetry/logs/store/scan.h"

namespace aloft::telemetry::logs {

// True for a row that a deletion covers.
using RowPredicate = std::function<bool(LabelsView stream, const Row& row)>;
// What a deletion's query selects: its streams and, within them, its rows.
struct DeletionFilter {
  std::vector<Matcher> matchers;
  RowPredicate covers;  // empty: every row
};

struct StoreSettings {
  std::string folder;
  StreamLimits limits;
  Duration retention{};                       // zero: for ever
  std::uint64_t retention_bytes = 0;          // of blocks on disk; zero: without limit
  std::size_t head_bytes = 64 * 1024 * 1024;  // memory is flushed beyond it; writes wait at three times
  Duration flush_after = std::chrono::minutes(5);
  int compression_level = 1;  // zstd's, when memory is flushed
  int compaction_level = 6;   // and when blocks are merged
  // Compiles the query of a deletion request. Error: invalid, naming the mistake.
  std::function<Result<DeletionFilter>(std::string_view query)> compile_deletion;
};

struct DeletionRequest {
  std::string id;
  std::string tenant;
  std::string query;
  std::int64_t start_ns = 0, end_ns = 0;  // both included
  std::int64_t created_ns = 0;
  bool processed = false;  // gone from the disk too
};

struct StoreStatus {
  std::size_t blocks = 0;
  std::uint64_t block_bytes = 0, raw_bytes = 0, rows = 0;
  std::size_t head_bytes = 0, head_streams = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t damaged_blocks = 0, damaged_records = 0;
  std::string first_damage;
};

// Every call from any thread; those that say so block on the disk.
class LogStore : public Exporter<LogBatch> {
 public:
  // Blocks while the write-ahead log is read. Error: I/O, naming the file; damage is no error.
  static Result<std::unique_ptr<LogStore>> open(StoreSettings settings, const Clock& clock, Metrics& metrics);

  std::string_view name() const override { return "log store"; }
  // Error: unavailable (the disk is full or fails; nothing of the batch counts), too_many_requests (memory is
  // flushed more slowly than it fills, or the tenant is above its rate).
  Result<WriteReport> write(const LogBatch& batch) override = 0;

  // What a request touches at this moment.
  virtual std::unique_ptr<Scan> scan(ScanRequest request) const = 0;
  // Streams that all matchers accept and that have entries in [start, end).
  virtual std::vector<Labels> streams(std::string_view tenant, const std::vector<Matcher>& matchers,
                                      std::int64_t start_ns, std::int64_t end_ns) const = 0;

  // Called about once a second: starts what is due (sync, flush, merging, retention) in the background.
  virtual void tick() = 0;
  // Blocks until what was written before stands in blocks. Error: unavailable.
  virtual Result<> flush() = 0;
  // Blocks until nothing is left to merge or remove. Error: unavailable.
  virtual Result<> compact() = 0;
  // Makes acknowledged data survive the end of the machine. Blocks.
  virtual Result<> sync() = 0;

  // Covered entries disappear from answers before the call returns and from the disk later. Blocks. Error:
  // invalid (the query), unavailable.
  virtual Result<DeletionRequest> request_deletion(std::string_view tenant, std::string_view query,
                                                   std::int64_t start_ns, std::int64_t end_ns) = 0;
  virtual std::vector<DeletionRequest> deletions(std::string_view tenant) const = 0;
  // Error: not_found, conflict when it is processed already.
  virtual Result<> cancel_deletion(std::string_view tenant, std::string_view id) = 0;

  virtual StoreStatus status() const = 0;
  virtual std::vector<std::string> tenants() const = 0;
};

}  // namespace aloft::telemetry::logs
