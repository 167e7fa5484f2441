// Reads services and endpoint slices, without trust in what stands there.
#include "network/service_entries.h"

#include <algorithm>

#include <arpa/inet.h>

#include "base/text.h"
#include "network/ipv4.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::Endpoint;
using discovery::v1::EndpointSlice;

bool is_port(std::int32_t number) { return number > 0 && number < 65536; }

bool is_ready(const Endpoint& endpoint) { return endpoint.conditions.ready.value_or(true); }
bool still_serves(const Endpoint& endpoint) {
  return endpoint.conditions.serving.value_or(is_ready(endpoint)) &&
         endpoint.conditions.terminating.value_or(false);
}

void sort_once(std::vector<Backend>& backends) {
  std::ranges::sort(backends);
  const auto repeated = std::ranges::unique(backends, [](const Backend& a, const Backend& b) {
    return a.address == b.address && a.port == b.port;
  });
  backends.erase(repeated.begin(), repeated.end());
}

// Ready endpoints; when there is none, those that still serve while they end, so that the last ones are not
// cut off.
std::vector<Backend> backends_of(const std::string& port_name, const std::string& protocol,
                                 const std::vector<const EndpointSlice*>& slices,
                                 std::string_view this_node) {
  std::vector<Backend> ready;
  std::vector<Backend> ending;
  for (const EndpointSlice* slice : slices) {
    if (slice->addressType != "IPv4") continue;
    for (const auto& port : slice->ports) {
      if (port.name.value_or("") != port_name || lower(port.protocol.value_or("TCP")) != protocol) continue;
      if (!is_port(port.port.value_or(0))) continue;
      for (const Endpoint& endpoint : slice->endpoints) {
        if (endpoint.addresses.empty() || !is_ipv4(endpoint.addresses.front())) continue;
        const Backend backend{endpoint.addresses.front(), *port.port,
                              endpoint.nodeName.value_or("") == this_node};
        if (is_ready(endpoint)) {
          ready.push_back(backend);
        } else if (still_serves(endpoint)) {
          ending.push_back(backend);
        }
      }
    }
  }
  std::vector<Backend>& chosen = ready.empty() ? ending : ready;
  sort_once(chosen);
  return chosen;
}

std::optional<std::int32_t> affinity_of(const Service& service) {
  constexpr std::int32_t usual_seconds = 10800;
  if (service.spec.sessionAffinity != "ClientIP") return std::nullopt;
  const auto& config = service.spec.sessionAffinityConfig;
  if (!config || !config->clientIP) return usual_seconds;
  return std::max(1, config->clientIP->timeoutSeconds.value_or(usual_seconds));
}

}  // namespace

std::vector<ServiceEntry> entries_of(const Service& service, const std::vector<const EndpointSlice*>& slices,
                                     std::string_view this_node) {
  std::vector<ServiceEntry> entries;
  const auto& spec = service.spec;
  if (spec.type == "ExternalName" || !is_ipv4(spec.clusterIP)) return entries;
  for (const auto& port : spec.ports) {
    ServiceEntry entry;
    entry.protocol = lower(port.protocol.empty() ? "TCP" : port.protocol);
    if (entry.protocol != "tcp" && entry.protocol != "udp" && entry.protocol != "sctp") continue;
    if (!is_port(port.port)) continue;
    entry.name = fmt::format("{}/{}:{}", service.metadata.namespace_, service.metadata.name,
                             port.name.empty() ? fmt::format("{}/{}", port.port, entry.protocol) : port.name);
    entry.address = spec.clusterIP;
    entry.port = port.port;
    entry.node_port = is_port(port.nodePort) ? port.nodePort : 0;
    for (const std::string& address : spec.externalIPs) {
      if (is_ipv4(address)) entry.more_addresses.push_back(address);
    }
    for (const auto& ingress : service.status.loadBalancer.ingress) {
      // In mode Proxy the load balancer wants to see every packet itself.
      if (is_ipv4(ingress.ip) && ingress.ipMode.value_or("VIP") == "VIP") {
        entry.more_addresses.push_back(ingress.ip);
      }
    }
    entry.local_only_outside = spec.externalTrafficPolicy == "Local";
    entry.local_only_inside = spec.internalTrafficPolicy.value_or("Cluster") == "Local";
    entry.affinity_seconds = affinity_of(service);
    entry.backends = backends_of(port.name, entry.protocol, slices, this_node);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<UdpService> udp_services(const std::vector<ServiceEntry>& entries) {
  std::vector<UdpService> found;
  for (const ServiceEntry& entry : entries) {
    if (entry.protocol != "udp") continue;
    found.push_back(UdpService{entry.address, entry.port, entry.backends});
    for (const std::string& address : entry.more_addresses) {
      found.push_back(UdpService{address, entry.port, entry.backends});
    }
    if (entry.node_port != 0) found.push_back(UdpService{"", entry.node_port, entry.backends});
  }
  return found;
}

}  // namespace aloft::network
