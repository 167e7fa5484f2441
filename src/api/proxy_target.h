// Where the proxy subresources lead: pods/proxy to a container's port, services/proxy to a ready endpoint,
// nodes/proxy to the agent of a node or another port of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/registry.h"
#include "api/request_info.h"
#include "base/random.h"
#include "base/result.h"

namespace aloft::api {

// "[scheme:]name[:port]", as the name of a proxied object is written.
struct ProxyName {
  std::string scheme;  // empty, http or https
  std::string name;
  std::string port;  // a number or a port's name; empty: not said
  static std::optional<ProxyName> parse(std::string_view text);
};

struct ProxyTarget {
  bool tls = false;
  bool agent = false;  // the agent of the node `host`, which wants to see our certificate
  std::string host;    // an IP address; a node's name for an agent
  std::int32_t port = 0;
};

// The object is one of pods, services and nodes. Errors: bad_request for a name of another form and for
// addresses that lead back into this machine (loopback, link-local), not_found, unavailable when nothing is
// ready behind it. `random` chooses between the endpoints of a service.
Result<ProxyTarget> proxy_target(const Registry& registry, const RequestInfo& info, Random& random);

// What of a request's target follows ".../proxy", still encoded: "/a%20b?x=y", or empty.
std::string_view behind_proxy(std::string_view request_target, const RequestInfo& info);

}  // namespace aloft::api
