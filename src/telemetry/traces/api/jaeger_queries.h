// What Jaeger's query service answers, without the form of the answer: HTTP and gRPC share it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "io/loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/traces/api/jaeger_search.h"
#include "telemetry/traces/api/query_settings.h"
#include "telemetry/traces/traceql/engine.h"

namespace aloft::telemetry::traces {

// Lives on one loop; queries run on the pool. Store, pool and loop outlive it.
class JaegerQueries {
 public:
  JaegerQueries(const TraceStore& store, io::Pool& pool, io::Loop& loop, QuerySettings settings)
      : store_(store),
        pool_(pool),
        loop_(loop),
        settings_(settings),
        engine_(store, pool, settings.threads) {}

  io::Task<PartSummary> summary();
  // Error: not_found.
  io::Task<Result<SpanBatch>> trace(TraceId id);
  // Hands each trace that a search finds to `take`, on a pool thread; a null trace is an id that was asked
  // for and is not there. Ends early when `take` gives false. Error: invalid.
  using Take = std::function<bool(const TraceId& id, const SpanBatch* trace)>;
  io::Task<Result<>> search(JaegerSearch search, Take take);
  // Error: invalid for a query that makes too much.
  io::Task<Result<traceql::MetricsResult>> metrics(std::string query, traceql::MetricsRequest request);
  using Calls = std::map<std::pair<std::string, std::string>, std::uint64_t>;
  io::Task<Calls> dependencies(TimeRange range);

 private:
  const TraceStore& store_;
  io::Pool& pool_;
  io::Loop& loop_;
  QuerySettings settings_;
  traceql::Engine engine_;
};

}  // namespace aloft::telemetry::traces
