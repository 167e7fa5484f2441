#include "network/service_rules.h"

#include <algorithm>

#include "base/bytes.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::Endpoint;
using discovery::v1::EndpointSlice;

// Marks packets whose source must become this machine's address. One bit that upstream's proxies use for the same.
constexpr std::string_view masquerade_mark = "0x4000";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

// Chain names are short and without the characters of names.
std::string chain_name(std::string_view kind, std::string_view of) {
  return fmt::format("{}-{:016x}", kind, stable_hash(of));
}

bool is_ready(const Endpoint& endpoint) { return endpoint.conditions.ready.value_or(true); }
bool still_serves(const Endpoint& endpoint) {
  return endpoint.conditions.serving.value_or(is_ready(endpoint)) && endpoint.conditions.terminating.value_or(false);
}

// Ready endpoints; when there is none, those that still serve while they end, so that the last ones are not cut off.
std::vector<Backend> backends_of(const std::string& port_name, const std::string& protocol,
                                 const std::vector<const EndpointSlice*>& slices, std::string_view this_node) {
  std::vector<Backend> ready;
  std::vector<Backend> ending;
  for (const EndpointSlice* slice : slices) {
    if (slice->addressType != "IPv4") continue;
    for (const auto& port : slice->ports) {
      if (port.name.value_or("") != port_name || lower(port.protocol.value_or("TCP")) != protocol || !port.port) continue;
      for (const Endpoint& endpoint : slice->endpoints) {
        if (endpoint.addresses.empty()) continue;
        const Backend backend{endpoint.addresses.front(), *port.port, endpoint.nodeName.value_or("") == this_node};
        if (is_ready(endpoint)) {
          ready.push_back(backend);
        } else if (still_serves(endpoint)) {
          ending.push_back(backend);
        }
      }
    }
  }
  std::vector<Backend>& chosen = ready.empty() ? ending : ready;
  std::ranges::sort(chosen);
  const auto repeated = std::ranges::unique(chosen);
  chosen.erase(repeated.begin(), repeated.end());
  return chosen;
}

std::vector<Backend> only_local(const std::vector<Backend>& backends) {
  std::vector<Backend> local;
  std::ranges::copy_if(backends, std::back_inserter(local), &Backend::local);
  return local;
}

// Collects the pieces of a table while entries are walked.
class RulesetWriter {
 public:
  explicit RulesetWriter(const RulesetSettings& settings) : settings_(settings) {}

  void add(const ServiceEntry& entry) {
    const std::vector<Backend> inside = entry.local_only_inside ? only_local(entry.backends) : entry.backends;
    const std::vector<Backend> outside = entry.local_only_outside ? only_local(entry.backends) : entry.backends;
    const std::string key = fmt::format("{} . {} . {}", entry.address, entry.protocol, entry.port);
    if (inside.empty()) {
      refused_ += fmt::format("      {},\n", key);
    } else {
      const std::string chain = chain_name("service", entry.name);
      write_chain(chain, entry, inside, "");
      cluster_ += fmt::format("      {} : goto {},\n", key, chain);
    }
    const bool has_outside = entry.node_port != 0 || !entry.more_addresses.empty();
    if (!has_outside) return;
    std::string chain;
    if (!outside.empty()) {
      chain = chain_name("outside", entry.name);
      // With the Local policy the client's address is kept, since the answer leaves this machine anyway.
      const std::string mark = entry.local_only_outside ? "" : fmt::format("    meta mark set meta mark | {}\n", masquerade_mark);
      write_chain(chain, entry, outside, mark);
    }
    if (entry.node_port != 0) {
      if (chain.empty()) {
        refused_ports_ += fmt::format("      {} . {},\n", entry.protocol, entry.node_port);
      } else {
        node_ports_ += fmt::format("      {} . {} : goto {},\n", entry.protocol, entry.node_port, chain);
      }
    }
    for (const std::string& address : entry.more_addresses) {
      const std::string more = fmt::format("{} . {} . {}", address, entry.protocol, entry.port);
      if (chain.empty()) {
        refused_ += fmt::format("      {},\n", more);
      } else {
        cluster_ += fmt::format("      {} : goto {},\n", more, chain);
      }
    }
  }

  std::string text() const {
    const std::string& table = settings_.table;
    std::string out = remove_ruleset(table);
    out += fmt::format("table ip {} {{\n", table);
    out += map("cluster_addresses", "type ipv4_addr . inet_proto . inet_service : verdict", cluster_);
    out += map("node_ports", "type inet_proto . inet_service : verdict", node_ports_);
    out += set("refused_addresses", "type ipv4_addr . inet_proto . inet_service", refused_);
    out += set("refused_ports", "type inet_proto . inet_service", refused_ports_);
    out += sets_;
    out += chains_;
    out +=
        "  chain services {\n"
        "    ip daddr . meta l4proto . th dport vmap @cluster_addresses\n"
        "    fib daddr type local meta l4proto . th dport vmap @node_ports\n"
        "  }\n"
        "  chain from_network {\n"
        "    type nat hook prerouting priority dstnat; policy accept;\n"
        "    jump services\n"
        "  }\n"
        "  chain from_machine {\n"
        "    type nat hook output priority -100; policy accept;\n"
        "    jump services\n"
        "  }\n";
    out += fmt::format(
        "  chain to_network {{\n"
        "    type nat hook postrouting priority srcnat; policy accept;\n"
        "    meta mark & {0} == {0} masquerade\n"
        "    ip saddr 127.0.0.0/8 oifname \"{1}\" masquerade\n"
        "    ip saddr {2} ip daddr != {2} oifname != \"{1}\" masquerade\n"
        "  }}\n",
        masquerade_mark, settings_.bridge, settings_.pod_range);
    out += refusal("refuse_from_machine", "output");
    out += refusal("refuse_from_pods", "forward");
    out += refusal("refuse_from_network", "input");
    out += "}\n";
    return out;
  }

 private:
  static std::string map(std::string_view name, std::string_view type, std::string_view elements) {
    return fmt::format("  map {} {{\n    {}\n{}  }}\n", name, type,
                       elements.empty() ? "" : fmt::format("    elements = {{\n{}    }}\n", elements));
  }
  static std::string set(std::string_view name, std::string_view type, std::string_view elements) {
    return fmt::format("  set {} {{\n    {}\n{}  }}\n", name, type,
                       elements.empty() ? "" : fmt::format("    elements = {{\n{}    }}\n", elements));
  }
  static std::string refusal(std::string_view name, std::string_view hook) {
    return fmt::format(
        "  chain {} {{\n"
        "    type filter hook {} priority filter; policy accept;\n"
        "    ct state new meta l4proto tcp ip daddr . meta l4proto . th dport @refused_addresses reject with tcp reset\n"
        "    ct state new ip daddr . meta l4proto . th dport @refused_addresses reject\n"
        "    ct state new meta l4proto tcp fib daddr type local meta l4proto . th dport @refused_ports reject with tcp reset\n"
        "    ct state new fib daddr type local meta l4proto . th dport @refused_ports reject\n"
        "  }}\n",
        name, hook);
  }

  // The chain that chooses one of the backends, and one chain per backend.
  void write_chain(const std::string& chain, const ServiceEntry& entry, const std::vector<Backend>& backends, std::string_view mark) {
    std::string choices;
    std::string remembered;
    for (std::size_t i = 0; i < backends.size(); ++i) {
      const std::string target = backend_chain(chain, entry, backends[i]);
      choices += fmt::format("{}{} : goto {}", i == 0 ? "" : ", ", i, target);
      if (entry.affinity_seconds) remembered += fmt::format("    ip saddr @{} goto {}\n", affinity_set(target), target);
    }
    chains_ += fmt::format("  chain {} {{ # {}\n{}{}    numgen random mod {} vmap {{ {} }}\n  }}\n", chain, entry.name, mark, remembered,
                           backends.size(), choices);
  }

  std::string backend_chain(const std::string& chain, const ServiceEntry& entry, const Backend& backend) {
    const std::string target = chain_name("backend", fmt::format("{} {}:{}", chain, backend.address, backend.port));
    std::string remember;
    if (entry.affinity_seconds) {
      const std::string name = affinity_set(target);
      sets_ += fmt::format("  set {} {{\n    type ipv4_addr\n    flags dynamic, timeout\n    timeout {}s\n  }}\n", name,
                           *entry.affinity_seconds);
      remember = fmt::format("    update @{} {{ ip saddr }}\n", name);
    }
    chains_ += fmt::format(
        "  chain {0} {{\n"
        "    ip saddr {1} meta mark set meta mark | {2}\n"
        "{3}"
        "    meta l4proto {4} dnat to {1}:{5}\n"
        "  }}\n",
        target, backend.address, masquerade_mark, remember, entry.protocol, backend.port);
    return target;
  }
  static std::string affinity_set(std::string_view chain) { return fmt::format("clients-{}", chain); }

  const RulesetSettings& settings_;
  std::string cluster_;
  std::string node_ports_;
  std::string refused_;
  std::string refused_ports_;
  std::string sets_;
  std::string chains_;
};

}  // namespace

std::vector<ServiceEntry> entries_of(const Service& service, const std::vector<const EndpointSlice*>& slices, std::string_view this_node) {
  std::vector<ServiceEntry> entries;
  const auto& spec = service.spec;
  if (spec.type == "ExternalName" || spec.clusterIP.empty() || spec.clusterIP == "None") return entries;
  for (const auto& port : spec.ports) {
    ServiceEntry entry;
    entry.name = fmt::format("{}/{}:{}", service.metadata.namespace_, service.metadata.name,
                             port.name.empty() ? fmt::format("{}/{}", port.port, lower(port.protocol)) : port.name);
    entry.protocol = lower(port.protocol.empty() ? "TCP" : port.protocol);
    entry.address = spec.clusterIP;
    entry.port = port.port;
    entry.node_port = port.nodePort;
    entry.more_addresses = spec.externalIPs;
    for (const auto& ingress : service.status.loadBalancer.ingress) {
      if (!ingress.ip.empty()) entry.more_addresses.push_back(ingress.ip);
    }
    entry.local_only_outside = spec.externalTrafficPolicy == "Local";
    entry.local_only_inside = spec.internalTrafficPolicy.value_or("Cluster") == "Local";
    if (spec.sessionAffinity == "ClientIP") {
      constexpr std::int32_t usual_seconds = 10800;
      const bool says = spec.sessionAffinityConfig && spec.sessionAffinityConfig->clientIP;
      entry.affinity_seconds = says ? spec.sessionAffinityConfig->clientIP->timeoutSeconds.value_or(usual_seconds) : usual_seconds;
    }
    entry.backends = backends_of(port.name, entry.protocol, slices, this_node);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string remove_ruleset(const std::string& table) {
  // Declaring the table first makes its removal no error when it is not there.
  return fmt::format("table ip {0}\ndelete table ip {0}\n", table);
}

std::string make_ruleset(const RulesetSettings& settings, std::vector<ServiceEntry> entries) {
  std::ranges::sort(entries, {}, &ServiceEntry::name);
  RulesetWriter writer(settings);
  for (const ServiceEntry& entry : entries) writer.add(entry);
  return writer.text();
}

}  // namespace aloft::network
