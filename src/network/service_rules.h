// What the kernel must do for services, as one nftables ruleset. Pure: the same services give the same text, so a ruleset is
// only loaded when it has changed.
//
// Packets to a service's address and port jump, through a verdict map, to the service's chain, which picks an endpoint at random (or
// the one a client had before, with session affinity) and rewrites the destination. Packets that must come back this way
// are marked and get this machine's address as their source: those from outside by node port, and those of a pod to itself. Services
// without endpoints answer with a reset or a port-unreachable, so that clients do not wait.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::network {

// One address behind a service port.
struct Backend {
  std::string address;  // IPv4
  std::int32_t port = 0;
  bool local = false;   // on this machine
  auto operator<=>(const Backend&) const = default;
};

// One port of one service as the rules see it. A value.
struct ServiceEntry {
  std::string name;      // "ns/service:port", for comments and chain names
  std::string protocol;  // "tcp", "udp", "sctp"
  std::string address;   // the cluster address
  std::int32_t port = 0;
  std::int32_t node_port = 0;                 // 0: none
  std::vector<std::string> more_addresses;    // external and load balancer addresses
  std::vector<Backend> backends;              // sorted
  bool local_only_outside = false;            // externalTrafficPolicy: Local
  bool local_only_inside = false;             // internalTrafficPolicy: Local
  std::optional<std::int32_t> affinity_seconds;  // sessionAffinity: ClientIP
};

// The entries of one service; none for headless and external-name services. `slices` are those of the service.
std::vector<ServiceEntry> entries_of(const core::v1::Service& service, const std::vector<const discovery::v1::EndpointSlice*>& slices,
                                     std::string_view this_node);

struct RulesetSettings {
  std::string table;         // "aloft-0123456789abcdef": one per data directory
  std::string bridge;        // the device of the pod network
  std::string pod_range;     // "10.244.0.0/16"
  std::string service_range; // "10.96.0.0/16"
};

// A script for nft -f that replaces the whole table in one transaction.
std::string make_ruleset(const RulesetSettings& settings, std::vector<ServiceEntry> entries);
// A script that removes the table, and is no error when there is none.
std::string remove_ruleset(const std::string& table);

}  // namespace aloft::network
