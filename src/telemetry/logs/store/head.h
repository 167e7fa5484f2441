// What was written and stands in no block yet. A generation of heads takes writes until it is flushed; while
// it is written to a block it is still read. Rows lie in pieces of memory that never move, so a reader keeps
// what it has seen without a lock.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/guarded.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/logs/store/limits.h"
#include "telemetry/logs/store/rows.h"

namespace aloft::telemetry::logs {

// A piece of memory for rows of one stream. One thread at a time appends; readers look at the first `count`
// rows that they were told of.
class HeadChunk {
 public:
  HeadChunk(std::size_t rows, std::size_t bytes);
  // False when it does not fit.
  bool append(std::int64_t time_ns, std::string_view line,
              const std::vector<std::pair<std::string, std::string>>& fields, std::size_t packed_bytes);
  // For the writer and under its lock.
  std::size_t count() const { return count_; }
  const Row& row(std::size_t i) const { return rows_[i]; }

 private:
  std::unique_ptr<Row[]> rows_;
  std::unique_ptr<char[]> bytes_;
  std::size_t count_ = 0, row_capacity_;
  std::size_t used_ = 0, byte_capacity_;
};

// What a reader sees of one stream.
struct HeadStreamView {
  Labels labels;
  std::int64_t min_ns = 0, max_ns = 0;
  std::size_t raw_bytes = 0;
  struct Piece {
    std::shared_ptr<const HeadChunk> chunk;
    std::size_t count = 0;
  };
  std::vector<Piece> pieces;
  std::size_t rows() const;
  // In order of time, without duplicates.
  std::vector<Row> sorted_rows() const;
};

// The heads of one tenant in one generation. Any thread.
class TenantHead {
 public:
  // What the limits refuse of a stream: true for those entries in `refused`, counted in the report.
  void check(const LogStream& stream, const StreamLimits& limits, std::int64_t now_ns, WriteReport& report,
             std::vector<bool>& refused);
  // Adds all entries, lines cut at `line_bytes` (zero: never); gives how much memory they take.
  std::size_t append(const LogStream& stream, std::size_t line_bytes);
  std::vector<HeadStreamView> streams() const;
  std::size_t stream_count() const { return streams_.load(std::memory_order_relaxed); }

 private:
  struct Stream {
    std::string labels;  // encoded
    std::int64_t min_ns = 0, max_ns = 0;
    std::size_t raw_bytes = 0;
    std::vector<std::shared_ptr<HeadChunk>> chunks;
  };
  struct Shard {
    std::unordered_map<std::string_view, std::unique_ptr<Stream>> streams;  // keyed by their own labels
  };
  Stream& add_stream(Shard& shard, LabelsView labels);
  static constexpr std::size_t shard_count = 16;
  mutable std::array<io::Guarded<Shard>, shard_count> shards_;
  std::atomic<std::size_t> streams_{0};
};

// The heads of all tenants between two flushes.
struct Generation {
  std::uint64_t number = 0;
  std::atomic<std::size_t> writers{0};
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::int64_t> first_write_ns{0};  // of the clock; 0: nothing was written
  using Tenants = std::map<std::string, std::shared_ptr<TenantHead>, std::less<>>;
  mutable io::Guarded<Tenants> tenants;
  // Null when it is a new one beyond the limit.
  std::shared_ptr<TenantHead> tenant(std::string_view name, std::size_t limit);
  std::shared_ptr<TenantHead> find(std::string_view name) const;
};

}  // namespace aloft::telemetry::logs
