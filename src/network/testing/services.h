// Services and endpoints for tests of the network, with as few words as they need.
#pragma once

#include <string>
#include <vector>

#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::network {

// The service shop/web with one port without a name.
inline core::v1::Service service_at(const std::string& cluster_address, std::int32_t port,
                                    const std::string& protocol = "TCP") {
  core::v1::Service service;
  service.metadata.namespace_ = "shop";
  service.metadata.name = "web";
  service.spec.type = "ClusterIP";
  service.spec.clusterIP = cluster_address;
  service.spec.clusterIPs = {cluster_address};
  service.spec.ports.resize(1);
  service.spec.ports[0].port = port;
  service.spec.ports[0].protocol = protocol;
  return service;
}

// Ready endpoints of shop/web.
inline discovery::v1::EndpointSlice slice_at(const std::vector<std::string>& addresses, std::int32_t port,
                                             const std::string& protocol = "TCP") {
  discovery::v1::EndpointSlice slice;
  slice.metadata.namespace_ = "shop";
  slice.metadata.name = "web-1";
  slice.metadata.labels["kubernetes.io/service-name"] = "web";
  slice.addressType = "IPv4";
  slice.ports.resize(1);
  slice.ports[0].name = "";
  slice.ports[0].port = port;
  slice.ports[0].protocol = protocol;
  for (const std::string& address : addresses) {
    auto& endpoint = slice.endpoints.emplace_back();
    endpoint.addresses = {address};
    endpoint.conditions.ready = true;
  }
  return slice;
}

}  // namespace aloft::network
