// The query part of Prometheus' HTTP interface: /api/v1/query, query_range, series, labels,
// label/{name}/values, query_exemplars, format_query and parse_query.
#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "io/event.h"
#include "io/pool.h"
#include "telemetry/core/router.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::promql {

struct QueryApiOptions {
  std::size_t concurrency = 20;                // queries that run at once
  std::size_t waiting = 1000;                  // queries that wait for their turn; more are refused with 503
  Duration timeout = std::chrono::minutes(2);  // the longest; a request may ask for less
};

// Lives on the loop of its router. Storage, engine and clock outlive it and what runs on the pool, which
// threads of it use. A request whose client goes away is cancelled.
class QueryApi {
 public:
  QueryApi(io::Loop& loop, io::Pool& pool, const metrics::Queryable& storage, const Engine& engine,
           const Clock& clock, QueryApiOptions options = {});
  void add_routes(Router& router);

 private:
  struct Turn;
  struct Waiting;
  enum class Endpoint : std::uint8_t {
    query,
    query_range,
    series,
    labels,
    label_values,
    exemplars,
    format_query,
    parse_query
  };
  io::Task<> serve(Exchange& exchange, Endpoint endpoint);
  io::Task<> time_out(std::shared_ptr<StopSignal> stop, Duration after);

  io::Loop& loop_;
  io::Pool& pool_;
  const metrics::Queryable& storage_;
  const Engine& engine_;
  const Clock& clock_;
  QueryApiOptions options_;
  std::size_t running_ = 0;
  std::size_t waiting_count_ = 0;
  io::WaitList turns_;
};

}  // namespace aloft::telemetry::promql
