// Everything about traces but their store: the interfaces of Tempo and Jaeger.
#pragma once

#include "base/metrics.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/traces/api/api.h"
#include "telemetry/traces/store/store.h"

namespace aloft::app {

struct TracesParts {
  io::EpollLoop& loop;
  io::Pool& query_pool;
  telemetry::Pipeline& pipeline;
  telemetry::traces::TraceStore& store;
  const Clock& clock;
  Metrics& metrics;
};

// Lives on one loop.
class TracesSide {
 public:
  explicit TracesSide(const TracesParts& parts)
      : tempo_(parts.store, parts.query_pool, parts.loop, parts.clock),
        jaeger_(parts.store, parts.query_pool, parts.loop, parts.clock) {}
  void add_routes(telemetry::Router& router) {
    telemetry::traces::add_shared_routes(router, tempo_, jaeger_);
  }

 private:
  telemetry::traces::TempoApi tempo_;
  telemetry::traces::JaegerApi jaeger_;
};

}  // namespace aloft::app
