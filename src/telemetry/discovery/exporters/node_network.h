// The collectors of the node exporter that concern the network.
#pragma once

#include <string>

#include "base/result.h"
#include "telemetry/discovery/exporters/families.h"

namespace aloft::telemetry::discovery {

// /proc/net/dev and /sys/class/net: node_network_*. Virtual ends of pods' links are left out.
Result<> collect_network_devices(const std::string& root, Families& out);
// /proc/net/snmp, netstat and snmp6: node_netstat_*.
Result<> collect_network_statistics(const std::string& root, Families& out);
// /proc/net/sockstat: node_sockstat_*.
Result<> collect_sockets(const std::string& root, Families& out);

}  // namespace aloft::telemetry::discovery
