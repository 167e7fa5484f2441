// Everything about traces but their store: the interfaces of Tempo and Jaeger, spans from Zipkin's and
// Jaeger's clients, metrics that follow from spans, and spans of our own work.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/traces/api/api.h"
#include "telemetry/traces/api/jaeger_grpc.h"
#include "telemetry/traces/derive/span_metrics.h"
#include "telemetry/traces/self/tracer.h"
#include "telemetry/traces/store/store.h"

namespace aloft::app {

struct TracesParts {
  io::EpollLoop& loop;
  io::Pool& query_pool;
  telemetry::Pipeline& pipeline;
  telemetry::traces::TraceStore& store;
  const Clock& clock;
  Metrics& metrics;
  double own_share = 0;  // of our own requests that are traced
};

// Lives on one loop; the tracer is used from any.
class TracesSide {
 public:
  explicit TracesSide(const TracesParts& parts);
  void add_routes(telemetry::Router& router);
  // For ports of their own.
  void add_tempo_routes(telemetry::Router& router) { telemetry::traces::add_tempo_routes(router, tempo_); }
  void add_jaeger_routes(telemetry::Router& router) { telemetry::traces::add_jaeger_routes(router, jaeger_); }
  http::Handler& jaeger_grpc() { return jaeger_grpc_; }
  // Begins to write what follows from spans, and spans of our own.
  void start();
  void stop() { work_.cancel(); }
  telemetry::traces::Tracer& tracer() { return tracer_; }

 private:
  template <class Batch>
  void write(Batch batch);

  TracesParts parts_;
  SystemRandom random_;
  telemetry::traces::TempoApi tempo_;
  telemetry::traces::JaegerApi jaeger_;
  telemetry::traces::JaegerGrpc jaeger_grpc_;
  telemetry::traces::SpanMetrics span_metrics_;
  telemetry::traces::Tracer tracer_;
  io::Scope work_;
};

}  // namespace aloft::app
