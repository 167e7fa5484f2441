// The way from the API to the agents on nodes and to what runs there: container logs, exec, attach,
// port-forward, and the proxies of pods, services and nodes. The API finds the place, connects to an agent
// with its own certificate, and hands bytes on in both directions without looking at them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/exchange.h"
#include "api/proxy_target.h"
#include "api/registry.h"
#include "base/random.h"
#include "http/client.h"
#include "http/tls.h"
#include "io/epoll_loop.h"

namespace aloft::api {

// Lives on the loop of its connections.
class NodeProxy {
 public:
  // `agent_tls` shows agents who asks; `plain_tls` asks for no certificate that could be checked, since pods
  // have none that we would know.
  NodeProxy(io::EpollLoop& loop, const Registry& registry, Random& random,
            std::shared_ptr<const http::TlsContext> agent_tls,
            std::shared_ptr<const http::TlsContext> plain_tls)
      : loop_(loop),
        registry_(registry),
        random_(random),
        tls_(std::move(agent_tls)),
        plain_tls_(std::move(plain_tls)) {}

  // pods/log
  io::Task<> log(Exchange& exchange);
  // pods/exec, pods/attach, pods/portforward
  io::Task<> stream(Exchange& exchange);
  // pods/proxy, services/proxy, nodes/proxy
  io::Task<> proxy(Exchange& exchange);

 private:
  // What the agent is asked; from the pod and the request.
  struct Target {
    std::string node;
    std::string path;
  };
  Result<Target> target(const Exchange& exchange, std::string_view action, bool needs_container) const;
  Result<http::Client*> agent(const std::string& node);
  std::unique_ptr<http::Client> connection_to(const Exchange& exchange, const ProxyTarget& target) const;

  struct Agent {
    io::Address address;
    std::unique_ptr<http::Client> client;
  };
  io::EpollLoop& loop_;
  const Registry& registry_;
  Random& random_;
  std::shared_ptr<const http::TlsContext> tls_;
  std::shared_ptr<const http::TlsContext> plain_tls_;
  std::map<std::string, Agent> agents_;
};

}  // namespace aloft::api
