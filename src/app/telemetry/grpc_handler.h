// Every gRPC service of telemetry on one listener: OTLP and Jaeger, told apart by their paths.
#pragma once

#include "http/handler.h"
#include "telemetry/traces/api/jaeger_grpc.h"

namespace aloft::app {

// Lives on the loop of its server; what it is given outlives it.
class GrpcHandler final : public http::Handler {
 public:
  GrpcHandler(http::Handler& otlp, http::Handler& jaeger) : otlp_(otlp), jaeger_(jaeger) {}
  io::Task<> handle(http::Request& request, http::Responder& responder) override {
    const std::string path = request.head().path();
    http::Handler& handler = telemetry::traces::JaegerGrpc::takes(path) ? jaeger_ : otlp_;
    return handler.handle(request, responder);
  }

 private:
  http::Handler& otlp_;
  http::Handler& jaeger_;
};

}  // namespace aloft::app
