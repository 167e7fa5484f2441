// What a service asks of the network, port by port: its addresses and the endpoints behind them. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::network {

// One address behind a service port.
struct Backend {
  std::string address;  // IPv4
  std::int32_t port = 0;
  bool local = false;  // on this machine
  auto operator<=>(const Backend&) const = default;
};

// One port of one service as the rules see it. A value.
struct ServiceEntry {
  std::string name;      // "ns/service:port", for the names of chains
  std::string protocol;  // "tcp", "udp", "sctp"
  std::string address;   // the cluster address, IPv4
  std::int32_t port = 0;
  std::int32_t node_port = 0;                    // 0: none
  std::vector<std::string> more_addresses;       // external and load balancer addresses, IPv4
  std::vector<Backend> backends;                 // sorted
  bool local_only_outside = false;               // externalTrafficPolicy: Local
  bool local_only_inside = false;                // internalTrafficPolicy: Local
  std::optional<std::int32_t> affinity_seconds;  // sessionAffinity: ClientIP
};

// The entries of one service; none for headless and external-name services. `slices` are those of the
// service. Addresses that are not IPv4 and ports out of range are left out: one bad element would make the
// kernel refuse the rules of every service.
std::vector<ServiceEntry> entries_of(const core::v1::Service& service,
                                     const std::vector<const discovery::v1::EndpointSlice*>& slices,
                                     std::string_view this_node);

// The addresses that one of the entries' UDP clients may have got, and what may answer there now.
struct UdpService {
  std::string address;  // empty: a port of every address of this machine
  std::int32_t port = 0;
  std::vector<Backend> backends;  // sorted
  bool operator==(const UdpService&) const = default;
};
std::vector<UdpService> udp_services(const std::vector<ServiceEntry>& entries);

}  // namespace aloft::network
