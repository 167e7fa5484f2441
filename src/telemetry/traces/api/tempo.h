// Tempo's HTTP interface as its documentation has it, for Grafana's data source and others that speak it.
#pragma once

#include <string>

#include "base/time.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/core/router.h"
#include "telemetry/traces/api/query_settings.h"
#include "telemetry/traces/traceql/engine.h"

namespace aloft::telemetry::traces {

// Lives on one loop; queries run on the pool. Store, pool, loop and clock outlive it, and it outlives the
// router.
class TempoApi {
 public:
  TempoApi(const TraceStore& store, io::Pool& pool, io::Loop& loop, const Clock& clock,
           QuerySettings settings = {});
  // All routes below the prefix ("" or "/tempo"). Without traces_by_id the route /api/traces/{id} is left to
  // the caller, who shares it with Jaeger's; see api.h.
  enum class TracesById { here, elsewhere };
  void add_routes(Router& router, const std::string& prefix, TracesById traces_by_id = TracesById::here);

  io::Task<> trace(Exchange& exchange);
  io::Task<> trace_v2(Exchange& exchange);

 private:
  io::Task<> search(Exchange& exchange);
  io::Task<> tags(Exchange& exchange);
  io::Task<> tags_v2(Exchange& exchange);
  io::Task<> tag_values(Exchange& exchange);
  io::Task<> tag_values_v2(Exchange& exchange);
  io::Task<> query_range(Exchange& exchange);
  io::Task<> query_instant(Exchange& exchange);
  io::Task<> metrics(Exchange& exchange, bool instant);
  io::Task<Result<SpanBatch>> find_trace(Exchange& exchange);
  io::Task<Result<SpanBatch>> find_filtered(Exchange& exchange);
  io::Task<Result<PartSummary>> keys(Exchange& exchange);
  io::Task<Result<std::set<std::pair<traceql::ValueType, std::string>>>> values(Exchange& exchange,
                                                                                traceql::FieldName field);
  Result<traceql::MetricsRequest> metrics_request(const http::Query& parameters, bool instant) const;

  const TraceStore& store_;
  io::Pool& pool_;
  io::Loop& loop_;
  const Clock& clock_;
  QuerySettings settings_;
  traceql::Engine engine_;
};

}  // namespace aloft::telemetry::traces
