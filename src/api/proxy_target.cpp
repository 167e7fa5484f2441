// From the name of an object to an address, as upstream's ResourceLocation functions decide.
#include "api/proxy_target.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "api/status.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/service.h"

namespace aloft::api {
namespace {

using core::v1::Endpoints;
using core::v1::Node;
using core::v1::Pod;
using core::v1::Service;

constexpr std::int32_t http_port = 80;
constexpr std::int32_t https_port = 443;

std::optional<std::int32_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// Addresses of this machine itself and of its links are nobody's to reach through the API.
bool may_be_proxied(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    const std::uint32_t address = ntohl(four.s_addr);
    const bool loopback = address >> 24 == 127;
    const bool link_local = address >> 16 == 0xa9fe;
    const bool multicast = address >> 28 == 0xe;
    return address != 0 && address != 0xffffffff && !loopback && !link_local && !multicast;
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  return !IN6_IS_ADDR_LOOPBACK(&six) && !IN6_IS_ADDR_UNSPECIFIED(&six) && !IN6_IS_ADDR_LINKLOCAL(&six) &&
         !IN6_IS_ADDR_MULTICAST(&six) && !IN6_IS_ADDR_V4MAPPED(&six);
}

Result<ProxyTarget> checked(ProxyTarget target) {
  if (!target.agent && !may_be_proxied(target.host)) return fail(Code::bad_request, "address not allowed");
  return target;
}

Result<ProxyTarget> pod_target(const Registry& registry, const std::string& ns, const ProxyName& name) {
  TRY(pod, registry.get_as<Pod>(ns, name.name));
  ProxyTarget target;
  target.tls = name.scheme == "https";
  target.host = pod->status.podIP;
  if (target.host.empty())
    return fail(Code::bad_request, fmt::format("pod {} has no address yet", name.name));
  target.port = target.tls ? https_port : http_port;
  if (!name.port.empty()) {
    const auto port = port_number(name.port);
    if (!port)
      return fail(Code::bad_request, fmt::format("invalid port \"{}\" of pod {}", name.port, name.name));
    target.port = *port;
  } else {
    for (const auto& container : pod->spec.containers) {
      if (container.ports.empty()) continue;
      target.port = container.ports.front().containerPort;
      break;
    }
  }
  return checked(std::move(target));
}

// The name by which the endpoints know the service's port. Error: unavailable.
Result<std::string> port_of_service(const Registry& registry, const std::string& ns, const ProxyName& name) {
  TRY(service, registry.get_as<Service>(ns, name.name));
  const auto number = port_number(name.port);
  if (!number) return name.port;
  for (const auto& port : service->spec.ports) {
    if (port.port == *number) return port.name;
  }
  return fail(Code::unavailable,
              fmt::format("no service port {} found for service \"{}\"", name.port, name.name));
}

Result<ProxyTarget> service_target(const Registry& registry, const std::string& ns, const ProxyName& name,
                                   Random& random) {
  TRY(port_name, port_of_service(registry, ns, name));
  TRY(endpoints, registry.get_as<Endpoints>(ns, name.name));
  std::vector<ProxyTarget> ready;
  for (const auto& subset : endpoints->subsets) {
    const auto port = std::ranges::find(subset.ports, port_name, &core::v1::EndpointPort::name);
    if (port == subset.ports.end()) continue;
    for (const auto& address : subset.addresses)
      ready.push_back({name.scheme == "https", false, address.ip, port->port});
  }
  if (ready.empty())
    return fail(Code::unavailable, fmt::format("no endpoints available for service \"{}\"", name.name));
  return checked(std::move(ready[random.below(ready.size())]));
}

Result<ProxyTarget> node_target(const Registry& registry, const ProxyName& name) {
  TRY(node, registry.get_as<Node>("", name.name));
  const std::int32_t agent_port = node->status.daemonEndpoints.kubeletEndpoint.Port;
  const auto port = name.port.empty() ? std::optional(agent_port) : port_number(name.port);
  if (!port)
    return fail(Code::bad_request, fmt::format("invalid port \"{}\" of node {}", name.port, name.name));
  if (*port == agent_port) return ProxyTarget{true, true, name.name, agent_port};
  ProxyTarget target{name.scheme == "https", false, {}, *port};
  for (const auto& address : node->status.addresses) {
    if (address.type == "InternalIP" && target.host.empty()) target.host = address.address;
  }
  return checked(std::move(target));
}

}  // namespace

std::optional<ProxyName> ProxyName::parse(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  ProxyName name;
  if (parts.size() > 3) return std::nullopt;
  if (parts.size() == 3) {
    name.scheme = parts[0];
    parts.erase(parts.begin());
  }
  if (parts.size() == 2) name.port = parts[1];
  name.name = parts[0];
  const bool known = name.scheme.empty() || name.scheme == "http" || name.scheme == "https";
  if (!known || name.name.empty()) return std::nullopt;
  return name;
}

Result<ProxyTarget> proxy_target(const Registry& registry, const RequestInfo& info, Random& random) {
  const auto name = ProxyName::parse(info.name);
  if (!name) {
    return fail(Code::bad_request, fmt::format("invalid {} request \"{}\"",
                                               info.resource.substr(0, info.resource.size() - 1), info.name));
  }
  if (info.resource == "pods") return pod_target(registry, info.ns, *name);
  if (info.resource == "services") return service_target(registry, info.ns, *name, random);
  return node_target(registry, *name);
}

std::string_view behind_proxy(std::string_view request_target, const RequestInfo& info) {
  // /api/v1/namespaces/NS/pods/NAME/proxy has two segments more than /api/v1/nodes/NAME/proxy.
  const int segments = info.ns.empty() ? 5 : 7;
  std::size_t at = 0;
  for (int i = 0; i < segments; ++i) {
    while (at < request_target.size() && request_target[at] == '/') ++at;
    while (at < request_target.size() && request_target[at] != '/' && request_target[at] != '?') ++at;
  }
  return request_target.substr(at);
}

}  // namespace aloft::api
