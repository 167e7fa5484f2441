// The device, routes and kernel settings of the pod network on this machine. The bridge exists before the
// first pod, so that the API and the DNS can listen on its address, which pods reach as their gateway.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::network {

struct PodNetworkSettings {
  std::string bridge;         // at most 15 characters
  std::string node_range;     // the pods of this node: "10.244.0.0/24"
  std::string service_range;  // "10.96.0.0/16": routed to the bridge so that this machine has a source
                              // address for services
  std::string table;          // of the service rules
  std::string owner;          // the data directory from the root on, which labels the bridge; empty: no label
};

// The first address of a range, which the bridge has.
std::string gateway_address(const std::string& range);

// A line of a routing table. A value.
struct Route {
  std::string range;  // "10.244.0.0/24"; an address alone is a range of one
  std::string device;
  bool operator==(const Route&) const = default;
};
// The routes in the output of `ip -4 route show`, but for the default one.
std::vector<Route> read_routes(std::string_view output);

// The first route that would take packets away from `range` or that `range` would take packets away from: one
// to a part of it, or to all of it, by another device than `own_device`. Wider routes do no harm.
std::optional<Route> find_conflict(const std::vector<Route>& routes, std::string_view range,
                                   std::string_view own_device);

// The first of the ranges that no device but `own_device` has. Devices that clouds left behind are removed,
// as below. Error: conflict when all are taken, naming who has the first.
io::Task<Result<std::string>> find_free_range(io::EpollLoop& loop, std::vector<std::string> candidates,
                                              std::string own_device);

// Makes the bridge, its address, the route and the settings; what is there already stays. Two clouds on one
// machine need ranges of their own: where another device has one of ours, nothing is changed. The device of a
// cloud whose data directory is gone, and that neither pods nor its DNS use, is removed instead. Error:
// conflict, naming the device and whose it is; internal with what the ip command says.
io::Task<Result<>> prepare_pod_network(io::EpollLoop& loop, PodNetworkSettings settings);

// Removes bridge, route and rules. What is not there is no error.
io::Task<Result<>> remove_pod_network(io::EpollLoop& loop, std::string bridge, std::string table);

}  // namespace aloft::network
