// Evaluates PromQL expressions over any metrics::Queryable.
//
//   auto expr = parse("sum by (job) (rate(http_requests_total[5m]))");
//   auto result = engine.instant(storage, **expr, now);
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/metrics/queryable.h"
#include "telemetry/promql/ast.h"
#include "telemetry/promql/parallel_for.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/value.h"

namespace aloft::telemetry::promql {

// Ends a running query from another thread. Shared by who waits and who works.
class StopSignal {
 public:
  enum class Reason : std::uint8_t { none, cancelled, timed_out };
  void cancel() { set(Reason::cancelled); }
  void time_out() { set(Reason::timed_out); }
  Reason reason() const { return reason_.load(std::memory_order_relaxed); }

 private:
  void set(Reason reason) {
    Reason none = Reason::none;
    reason_.compare_exchange_strong(none, reason);
  }
  std::atomic<Reason> reason_{Reason::none};
};

struct EngineOptions {
  Millis lookback = 5 * 60 * 1000;
  std::uint64_t max_samples = 50'000'000;  // held at one time
  std::size_t max_points = 11'000;         // steps of a range query
  std::size_t max_series = 0;              // of one selector; 0: the storage's limit
  Millis default_subquery_step = 60 * 1000;
  // Prometheus' promql-delayed-name-removal: the metric name goes only at the end of the query.
  bool delayed_name_removal = false;
  // Prometheus' use-start-timestamps: start times of samples count as resets.
  bool use_start_timestamps = false;
};

struct QueryOptions {
  Millis lookback = 0;            // 0: the engine's
  std::uint64_t max_samples = 0;  // 0: the engine's
  std::shared_ptr<const StopSignal> stop;
  // The text that the expression was parsed from, for line and column in warnings. Empty: no positions.
  // The text that the expression was parsed from, for line and column in warnings. Empty: no positions.
  std::string_view text;
  std::size_t annotation_limit = 10;  // of warnings and of infos; 0: none
};

// Immutable; every call from any thread. Calls take as long as the query does and read from disk, so they
// belong on a pool thread.
// Errors: invalid (the query cannot be executed: many-to-many matching, too many samples, ...), timeout and
// cancelled (by the StopSignal), internal and others from the storage.
class Engine {
 public:
  Engine(EngineOptions options, ParallelFor& parallel) : options_(options), parallel_(parallel) {}

  // The value at one time: a vector, scalar, string, or for a range selector a matrix.
  Result<QueryResult> instant(const metrics::Queryable& storage, const Expr& expr, Millis time,
                              const QueryOptions& query = {}) const;
  // A matrix over start, start + step, ... <= end. Error besides: bad_request for a step that is not positive
  // or gives more than max_points.
  Result<QueryResult> range(const metrics::Queryable& storage, const Expr& expr, Millis start, Millis end,
                            Millis step, const QueryOptions& query = {}) const;

  const EngineOptions& options() const { return options_; }

 private:
  EngineOptions options_;
  ParallelFor& parallel_;
};

}  // namespace aloft::telemetry::promql
