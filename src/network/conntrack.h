// The flows that the kernel remembers. A UDP flow that was led to an endpoint goes on being led there for as
// long as its client sends, whatever the rules say since; so when endpoints go, their flows must be
// forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "network/service_entries.h"

namespace aloft::network {

// One UDP flow over IPv4. A value.
struct UdpFlow {
  std::string destination;  // what the client asked for
  std::uint16_t port = 0;
  std::string answerer;  // who answers: another address than the destination when that was translated
  std::uint16_t answerer_port = 0;
  std::string tuple;  // as the kernel names the flow
};

// The UDP flows in an answer of the kernel (a chain of netlink messages). What cannot be read is left out.
std::vector<UdpFlow> read_udp_flows(std::string_view messages);

// True for a flow to one of the services that does not end at one of its backends.
bool is_stale(const UdpFlow& flow, const std::vector<UdpService>& services);

// Forgets flows; gives how many. Blocks for as long as the kernel takes to list its flows: milliseconds for
// ten thousand. Error: what the kernel refuses.
Result<std::size_t> forget_udp_flows(const std::function<bool(const UdpFlow&)>& unwanted);

}  // namespace aloft::network
