// What serves the API on one loop: the handler of its connections, and what must not be shared between loops.
#pragma once

#include <memory>

#include "api/node_proxy.h"
#include "api/server.h"
#include "base/random.h"
#include "io/epoll_loop.h"

namespace aloft::app {

// What all fronts share; every part may be used from any loop in the way that ApiServer uses it.
struct ApiBack {
  api::Registry& registry;
  const api::Authentication& authentication;
  api::Actions& actions;
  const api::Discovery& discovery;
  api::OpenApiDocuments& openapi;
  std::shared_ptr<const http::TlsContext> agent_tls;  // for connections to the agents of nodes
  std::shared_ptr<const http::TlsContext> plain_tls;  // for connections to whatever a proxy leads to
  Metrics& metrics;
  std::vector<api::HealthCheck> checks;
  api::CustomMetrics* custom_metrics;  // may be null
};

// Lives on its loop; it may be made elsewhere before connections come.
class ApiFront {
 public:
  ApiFront(io::EpollLoop& loop, const ApiBack& back);
  io::EpollLoop& loop() const { return loop_; }
  api::ApiServer& handler() { return handler_; }

 private:
  io::EpollLoop& loop_;
  SystemRandom random_;
  api::EventTexts events_;
  api::NodeProxy nodes_;
  api::ApiServer handler_;
};

}  // namespace aloft::app
