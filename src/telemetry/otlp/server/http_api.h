// OTLP over HTTP: POST of an export request as protobuf or JSON, at the paths that senders, Prometheus, Loki
// and Tempo use. Source: OTLP specification 1.x, "OTLP/HTTP".
#pragma once

#include "telemetry/core/router.h"
#include "telemetry/otlp/server/ingest.h"

namespace aloft::telemetry::otlp {

// Lives on the loop of its router and outlives it.
class HttpApi {
 public:
  explicit HttpApi(Ingest& ingest) : ingest_(ingest) {}
  // /v1/{traces,metrics,logs}, the same below /otlp, and /api/v1/otlp/v1/{metrics,traces,logs}.
  void add_routes(Router& router);

 private:
  io::Task<> serve(Exchange& exchange, Signal signal);
  io::Task<Result<PartialSuccess>> take(Exchange& exchange, Signal signal, Format format);

  Ingest& ingest_;
};

}  // namespace aloft::telemetry::otlp
