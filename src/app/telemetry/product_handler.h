// What the port of one product serves: the paths on which products differ as that product has them, and
// everything else as everywhere.
#pragma once

#include "http/handler.h"
#include "telemetry/core/router.h"

namespace aloft::app {

// Lives on the loop of its server; what it is given outlives it.
class ProductHandler final : public http::Handler {
 public:
  explicit ProductHandler(http::Handler& everything) : everything_(everything) {}
  // The product's own routes.
  telemetry::Router& own() { return own_; }
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  telemetry::Router own_;
  http::Handler& everything_;
};

}  // namespace aloft::app
