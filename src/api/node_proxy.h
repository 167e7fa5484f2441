// The way from the API to the agents on nodes: container logs, exec, attach and port-forward. The API finds
// the node of a pod, connects to its agent with the API's own certificate, and hands bytes on in both
// directions without looking at them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/exchange.h"
#include "api/registry.h"
#include "http/client.h"
#include "http/tls.h"
#include "io/epoll_loop.h"

namespace aloft::api {

// Lives on the API's loop.
class NodeProxy {
 public:
  NodeProxy(io::EpollLoop& loop, const Registry& registry, std::shared_ptr<const http::TlsContext> tls)
      : loop_(loop), registry_(registry), tls_(std::move(tls)) {}

  // pods/log
  io::Task<> log(Exchange& exchange);
  // pods/exec, pods/attach, pods/portforward
  io::Task<> stream(Exchange& exchange);

 private:
  // What the agent is asked; from the pod and the request.
  struct Target {
    std::string node;
    std::string path;
  };
  Result<Target> target(const Exchange& exchange, std::string_view action, bool needs_container) const;
  Result<http::Client*> agent(const std::string& node);

  struct Agent {
    io::Address address;
    std::unique_ptr<http::Client> client;
  };
  io::EpollLoop& loop_;
  const Registry& registry_;
  std::shared_ptr<const http::TlsContext> tls_;
  std::map<std::string, Agent> agents_;
};

}  // namespace aloft::api
