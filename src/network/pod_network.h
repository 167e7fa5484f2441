// The device, routes and kernel settings of the pod network on this machine. The bridge exists before the first pod, so that the API
// and the DNS can listen on its address, which pods reach as their gateway.
#pragma once

#include <string>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::network {

struct PodNetworkSettings {
  std::string bridge;         // at most 15 characters
  std::string node_range;     // the pods of this node: "10.244.0.0/24"
  std::string service_range;  // "10.96.0.0/16": routed to the bridge so that this machine has a source address for services
  std::string table;          // of the service rules
};

// The first address of a range, which the bridge has.
std::string gateway_address(const std::string& range);

// Makes the bridge, its address, the route and the settings; what is there already stays. Error: what the ip command says.
io::Task<Result<>> prepare_pod_network(io::EpollLoop& loop, PodNetworkSettings settings);

// Removes bridge, route and rules. What is not there is no error.
io::Task<Result<>> remove_pod_network(io::EpollLoop& loop, std::string bridge, std::string table);

}  // namespace aloft::network
