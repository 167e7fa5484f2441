// Runs LogQL queries over a store: log queries in order of time until enough is found, metric queries as
// columns of samples, both in parallel over the units of a scan and within limits.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/pool.h"
#include "telemetry/core/labels.h"
#include "telemetry/logs/logql/ast.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs::logql {

// Zero means without limit.
struct QueryLimits {
  std::size_t entries = 5000;
  std::size_t series = 500;         // of an answer
  std::size_t points = 11'000;      // per series
  Duration longest_range{};         // between start and end
  std::uint64_t scanned_bytes = 0;  // of log lines read for one query
  std::uint64_t memory_bytes = 512 * 1024 * 1024;
  Duration timeout = std::chrono::minutes(1);
  std::size_t parallel = 4;  // threads that work on one query
};

enum class Direction : std::uint8_t { forward, backward };

struct QueryRequest {
  std::string tenant;
  std::string query;
  bool instant = false;
  std::int64_t start_ns = 0;  // of a log query included; of an instant query both are its time
  std::int64_t end_ns = 0;    // of a log query not included
  Duration step{};            // of a range query of metrics
  Duration interval{};        // at least between entries of a stream; zero: all
  Direction direction = Direction::backward;
  std::size_t limit = 100;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct ResultEntry {
  std::int64_t time_ns = 0;
  std::string line;
  Pairs fields, parsed;  // the labels beside the stream's, by where they come from
};
struct ResultStream {
  Pairs labels;   // all of them, sorted
  Labels stream;  // those of the stored stream
  std::vector<ResultEntry> entries;
};
struct Point {
  std::int64_t time_ns = 0;
  double value = 0;
};
struct ResultSeries {
  Labels labels;
  std::vector<Point> points;
};
struct QueryStats {
  std::uint64_t bytes = 0, lines = 0, entries = 0;
  std::uint64_t stored_bytes = 0, units = 0, skipped_units = 0, head_lines = 0, head_bytes = 0;
  double seconds = 0, queue_seconds = 0;
};
struct QueryResult {
  enum class Kind : std::uint8_t { streams, matrix, vector, scalar };
  Kind kind = Kind::streams;
  Direction direction = Direction::backward;  // in which entries of a stream stand
  std::vector<ResultStream> streams;
  std::vector<ResultSeries> series;
  QueryStats stats;
  std::vector<std::string> warnings;  // damage that was passed over
};

// Any thread; execute() blocks its thread and borrows others of the pool.
class Engine {
 public:
  // `store` and `pool` outlive the engine.
  Engine(const LogStore& store, io::Pool& pool, QueryLimits limits)
      : store_(store), pool_(pool), limits_(limits) {}
  // Error: bad_request (the query, a limit that names itself), timeout, cancelled when `cancelled` became
  // true.
  Result<QueryResult> execute(const QueryRequest& request,
                              const std::atomic<bool>* cancelled = nullptr) const;
  const QueryLimits& limits() const { return limits_; }
  const LogStore& store() const { return store_; }

 private:
  const LogStore& store_;
  io::Pool& pool_;
  QueryLimits limits_;
};

}  // namespace aloft::telemetry::logs::logql
