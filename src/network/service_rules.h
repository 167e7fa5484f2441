// What the kernel must do for services, as nftables rules. Pure: rules are data, and the scripts for nft that
// bring them about or change one set of rules into another are text computed from them.
//
// Packets to a service's address and port jump, through a verdict map, to the service's chain, which picks an
// endpoint at random (or the one a client had before, with session affinity) and rewrites the destination.
// Packets that must come back this way get this machine's address as their source: those from outside by node
// port, and those of a pod to itself. Services without endpoints answer with a reset or a port-unreachable,
// so that clients do not wait.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "network/service_entries.h"

namespace aloft::network {

struct RulesetSettings {
  std::string table;          // "aloft-0123456789abcdef": one per data directory
  std::string bridge;         // the device of the pod network
  std::string pod_range;      // "10.244.0.0/16"
  std::string service_range;  // "10.96.0.0/16"
};

// The part of the table that depends on services. A value.
struct ServiceRules {
  std::map<std::string, std::string> chains;  // name to rules, one a line
  std::map<std::string, std::string> sets;    // of clients with affinity: name to declaration
  // Of the maps and sets that every table has: name to key to verdict, which is empty in a set.
  std::map<std::string, std::map<std::string, std::string>> elements;
  bool operator==(const ServiceRules&) const = default;
};
// Where two services claim one address and port, the first in the order of names has it.
ServiceRules rules_of(const RulesetSettings& settings, std::vector<ServiceEntry> entries);

// A script for nft -f that replaces the whole table in one transaction. It takes the kernel seconds for
// thousands of services, and forgets which client had which endpoint.
std::string full_script(const RulesetSettings& settings, const ServiceRules& rules);
// A script that changes a table which shows `from` so that it shows `to`; costs what has changed, and keeps
// what the kernel knows about clients with affinity. Empty when there is nothing to do.
std::string change_script(const RulesetSettings& settings, const ServiceRules& from, const ServiceRules& to);

std::string make_ruleset(const RulesetSettings& settings, std::vector<ServiceEntry> entries);
// A script that removes the table, and is no error when there is none.
std::string remove_ruleset(const std::string& table);

}  // namespace aloft::network
