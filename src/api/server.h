// The HTTP face of the API: signs requests in, checks what they may do, and hands them to whoever answers:
// objects, actions, discovery, OpenAPI, health, metrics, the agents of nodes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/actions.h"
#include "api/authentication.h"
#include "api/custom_metrics.h"
#include "api/discovery.h"
#include "api/exchange.h"
#include "api/node_proxy.h"
#include "api/openapi_documents.h"
#include "api/registry.h"
#include "api/resource_handler.h"
#include "api/watch.h"
#include "base/metrics.h"
#include "http/handler.h"

namespace aloft::api {

// One part of the process that /readyz asks: empty when it is well, else why not.
struct HealthCheck {
  std::string name;
  std::function<std::string()> problem;  // called on any loop
};

struct ServerParts {
  io::Loop& loop;  // where its connections are served
  Random& random;  // of that loop
  Registry& registry;
  const Authentication& authentication;
  Actions& actions;
  EventTexts& events;
  const Discovery& discovery;
  OpenApiDocuments& openapi;
  NodeProxy* nodes = nullptr;  // null where no agents can be reached (tests)
  Metrics& metrics;
  std::vector<HealthCheck> checks;
  CustomMetrics* custom_metrics = nullptr;  // null: the group is not served
};

// Lives on the loop of its connections; there is one for each loop that serves the API. What reads is
// answered there, what writes on the registry's loop.
class ApiServer final : public http::Handler {
 public:
  explicit ApiServer(ServerParts parts);
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  io::Task<> route(Exchange& exchange);
  io::Task<> route_resource(Exchange& exchange);
  io::Task<> route_stored(Exchange& exchange);
  // Not inlined, so that the frame of a watch, which waits in route_resource(), does not hold theirs.
  [[gnu::noinline]] io::Task<> route_path(Exchange& exchange);
  [[gnu::noinline]] io::Task<> act(Exchange& exchange, const Resource& resource);
  io::Task<> discover(Exchange& exchange);
  io::Task<> health(Exchange& exchange, std::string_view path);
  bool is_open(const RequestInfo& info) const;
  // Finds out who asks; gives why the request is refused.
  [[gnu::noinline]] std::optional<Error> sign_in(Exchange& exchange);

  ServerParts parts_;
  ResourceHandler resources_;
  Counter& requests_;
  Counter& failures_;
  Histogram& seconds_;
};

}  // namespace aloft::api
