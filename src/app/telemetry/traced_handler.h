// Spans of the requests that people and their tools make of us. What brings telemetry in is left out: a span
// for each batch of spans would never end.
#pragma once

#include "http/handler.h"
#include "telemetry/traces/self/tracer.h"

namespace aloft::app {

// Lives on the loop of its server; what it is given outlives it.
class TracedHandler final : public http::Handler {
 public:
  TracedHandler(http::Handler& next, telemetry::traces::Tracer& tracer) : next_(next), tracer_(tracer) {}
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  http::Handler& next_;
  telemetry::traces::Tracer& tracer_;
};

}  // namespace aloft::app
