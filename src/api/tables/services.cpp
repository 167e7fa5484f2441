// What kubectl prints of services and of the addresses behind them.
#include <set>

#include "api/tables/cells.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::api {
namespace {

using core::v1::Endpoints;
using core::v1::Service;
using discovery::v1::EndpointSlice;

std::vector<std::string> balancer_addresses(const Service& service) {
  std::set<std::string> addresses;
  for (const auto& ingress : service.status.loadBalancer.ingress) {
    if (!ingress.ip.empty() || !ingress.hostname.empty())
      addresses.insert(ingress.ip.empty() ? ingress.hostname : ingress.ip);
  }
  return {addresses.begin(), addresses.end()};
}

std::string external_address(const Service& service) {
  const std::string& type = service.spec.type;
  if (type == "ClusterIP" || type == "NodePort") return or_none(joined(service.spec.externalIPs));
  if (type == "LoadBalancer") {
    std::vector<std::string> addresses = balancer_addresses(service);
    addresses.insert(addresses.end(), service.spec.externalIPs.begin(), service.spec.externalIPs.end());
    return text_or(joined(addresses), "<pending>");
  }
  return type == "ExternalName" ? service.spec.externalName : "<unknown>";
}

std::string ports_of(const Service& service) {
  std::vector<std::string> ports;
  for (const auto& port : service.spec.ports) {
    ports.push_back(port.nodePort > 0 ? fmt::format("{}:{}/{}", port.port, port.nodePort, port.protocol)
                                      : fmt::format("{}/{}", port.port, port.protocol));
  }
  return or_none(joined(ports));
}

std::string selector_of(const Service& service) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : service.spec.selector) pairs.push_back(key + "=" + value);
  return or_none(joined(pairs));
}

model::Array service_cells(const Service& service, WallTime now) {
  const auto& ips = service.spec.clusterIPs;
  return {service.metadata.name,
          service.spec.type,
          or_none(ips.empty() ? std::string_view() : std::string_view(ips.front())),
          external_address(service),
          ports_of(service),
          age_of(service.metadata.creationTimestamp, now),
          selector_of(service)};
}

std::string with_port(const std::string& ip, std::int32_t port) {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port)
                                           : fmt::format("[{}]:{}", ip, port);
}

std::string addresses_of(const Endpoints& endpoints) {
  if (endpoints.subsets.empty()) return "<none>";
  std::vector<std::string> all;
  for (const auto& subset : endpoints.subsets) {
    // Headless services may have no ports.
    if (subset.ports.empty()) {
      for (const auto& address : subset.addresses) all.push_back(address.ip);
    }
    for (const auto& port : subset.ports) {
      for (const auto& address : subset.addresses) all.push_back(with_port(address.ip, port.port));
    }
  }
  return first_three(all);
}

model::Array endpoints_cells(const Endpoints& endpoints, WallTime now) {
  return {endpoints.metadata.name, addresses_of(endpoints),
          age_of(endpoints.metadata.creationTimestamp, now)};
}

std::string ports_of(const EndpointSlice& slice) {
  std::vector<std::string> ports;
  for (const auto& port : slice.ports)
    ports.push_back(port.port ? std::to_string(*port.port) : port.name.value_or("*"));
  return text_or(first_three(ports), "<unset>");
}

std::string addresses_of(const EndpointSlice& slice) {
  std::vector<std::string> all;
  for (const auto& endpoint : slice.endpoints)
    all.insert(all.end(), endpoint.addresses.begin(), endpoint.addresses.end());
  return text_or(first_three(all), "<unset>");
}

model::Array slice_cells(const EndpointSlice& slice, WallTime now) {
  return {slice.metadata.name, slice.addressType, ports_of(slice), addresses_of(slice),
          age_of(slice.metadata.creationTimestamp, now)};
}

}  // namespace

TableForm service_table() {
  return table_form<Service, &service_cells>({
      name_column(),
      {"Type", "string", "",
       "How the service can be reached: ClusterIP, NodePort, LoadBalancer or ExternalName."},
      {"Cluster-IP", "string", "", "Its address inside the cluster."},
      {"External-IP", "string", "", "Addresses or names for the outside."},
      {"Port(s)", "string", "", "Ports with their protocol, and the port on every node where there is one."},
      age_column(),
      {"Selector", "string", "", "The labels of the pods behind it.", 1},
  });
}

TableForm endpoints_table() {
  return table_form<Endpoints, &endpoints_cells>(
      {name_column(), {"Endpoints", "string", "", "Ready addresses with their ports."}, age_column()});
}

TableForm endpoint_slice_table() {
  return table_form<EndpointSlice, &slice_cells>({
      name_column(),
      {"AddressType", "string", "", "What its addresses are: IPv4, IPv6 or names."},
      {"Ports", "string", "", "The ports that all its endpoints have."},
      {"Endpoints", "string", "", "Its addresses."},
      age_column(),
  });
}

}  // namespace aloft::api
