// What pods may ask of telemetry: it takes what they send and tells them nothing, since what it knows is of
// all namespaces.
#pragma once

#include <string_view>

#include "http/handler.h"

namespace aloft::app {

// True for requests by which telemetry comes in, over HTTP and gRPC.
bool brings_telemetry(std::string_view method, std::string_view path);

// Lets through what brings telemetry; everything else is forbidden. Lives on the loop of its server; the
// handler outlives it.
class TakingHandler final : public http::Handler {
 public:
  explicit TakingHandler(http::Handler& handler) : handler_(handler) {}
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  http::Handler& handler_;
};

}  // namespace aloft::app
