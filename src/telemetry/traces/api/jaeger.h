// The HTTP interface of Jaeger's query service: services, operations, traces by id and by search,
// dependencies, and service performance monitoring.
#pragma once

#include <string>

#include "base/time.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/core/router.h"
#include "telemetry/traces/api/jaeger_metrics.h"
#include "telemetry/traces/api/jaeger_queries.h"
#include "telemetry/traces/api/tempo.h"

namespace aloft::telemetry::traces {

// As TempoApi.
class JaegerApi {
 public:
  JaegerApi(const TraceStore& store, io::Pool& pool, io::Loop& loop, const Clock& clock,
            QuerySettings settings = {});
  void add_routes(Router& router, const std::string& prefix,
                  TempoApi::TracesById traces_by_id = TempoApi::TracesById::here);
  io::Task<> trace(Exchange& exchange);

 private:
  io::Task<> services(Exchange& exchange);
  io::Task<> service_operations(Exchange& exchange);
  io::Task<> operations(Exchange& exchange);
  io::Task<> search(Exchange& exchange);
  io::Task<> dependencies(Exchange& exchange);
  io::Task<> metrics(Exchange& exchange, JaegerMetric metric);

  const Clock& clock_;
  JaegerQueries queries_;
};

}  // namespace aloft::telemetry::traces
