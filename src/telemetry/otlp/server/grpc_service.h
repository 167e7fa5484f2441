// OTLP over gRPC: the three Export calls, on an HTTP/2 listener of their own. Source: OTLP specification 1.x,
// "OTLP/gRPC"; gRPC over HTTP/2 (compressed messages).
#pragma once

#include "http/handler.h"
#include "telemetry/otlp/server/ingest.h"

namespace aloft::telemetry::otlp {

// Lives on the loop of its server.
class GrpcService final : public http::Handler {
 public:
  explicit GrpcService(Ingest& ingest) : ingest_(ingest) {}
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  io::Task<Result<PartialSuccess>> take(http::Request& request, Signal signal);
  Ingest& ingest_;
};

}  // namespace aloft::telemetry::otlp
