// Writes chains, sets and elements for nft, and the differences between two such tables.
#include "network/service_rules.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"

namespace aloft::network {
namespace {

// Marks packets whose source must become this machine's address. One bit that upstream's proxies use for the
// same.
constexpr std::string_view masquerade_mark = "0x4000";

constexpr std::string_view cluster_addresses = "cluster_addresses";
constexpr std::string_view node_ports = "node_ports";
constexpr std::string_view refused_addresses = "refused_addresses";
constexpr std::string_view refused_ports = "refused_ports";
constexpr std::string_view own_addresses = "own_addresses";

struct Container {
  std::string_view name;
  std::string_view kind;
  std::string_view type;
};
constexpr Container containers[] = {
    {cluster_addresses, "map", "ipv4_addr . inet_proto . inet_service : verdict"},
    {node_ports, "map", "inet_proto . inet_service : verdict"},
    {refused_addresses, "set", "ipv4_addr . inet_proto . inet_service"},
    {refused_ports, "set", "inet_proto . inet_service"},
    {own_addresses, "set", "ipv4_addr . ipv4_addr"},
};

// Unique by the hash; the rest is for people who read the rules, cut to what every kernel takes.
std::string chain_name(std::string_view kind, std::string_view of) {
  constexpr std::size_t readable_limit = 80;
  std::string readable;
  for (const char c : of.substr(0, readable_limit)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/';
    readable += plain ? c : '/';
  }
  return fmt::format("{}-{:016x}-{}", kind, stable_hash(of), readable);
}

std::vector<Backend> only_local(const std::vector<Backend>& backends) {
  std::vector<Backend> local;
  std::ranges::copy_if(backends, std::back_inserter(local), &Backend::local);
  return local;
}

// Collects the pieces of a table while entries are walked.
class RulesWriter {
 public:
  explicit RulesWriter(const RulesetSettings& settings) : settings_(settings) {}

  void add(const ServiceEntry& entry) {
    const std::string all = choice("service", entry, entry.backends);
    const bool any_local_only = entry.local_only_inside || entry.local_only_outside;
    const std::string local = any_local_only ? choice("local", entry, only_local(entry.backends)) : all;
    lead_address(entry, entry.address, entry.local_only_inside ? local : all);
    if (entry.node_port == 0 && entry.more_addresses.empty()) return;
    const std::string outside = outside_chain(entry, all, local);
    const bool refuses = entry.local_only_outside && local.empty();
    for (const std::string& address : entry.more_addresses) {
      lead_address(entry, address, outside);
      if (refuses) refuse_address(entry, address);
    }
    if (entry.node_port == 0) return;
    const std::string key = fmt::format("{} . {}", entry.protocol, entry.node_port);
    if (!outside.empty()) element(node_ports, key, "goto " + outside);
    if (outside.empty() || refuses) element(refused_ports, key, "");
  }

  ServiceRules take() { return std::move(rules_); }

 private:
  void element(std::string_view container, const std::string& key, std::string verdict) {
    rules_.elements[std::string(container)].emplace(key, std::move(verdict));
  }
  static std::string address_key(const ServiceEntry& entry, const std::string& address) {
    return fmt::format("{} . {} . {}", address, entry.protocol, entry.port);
  }
  void refuse_address(const ServiceEntry& entry, const std::string& address) {
    element(refused_addresses, address_key(entry, address), "");
  }
  // What the refusing chains see is what no chain has translated.
  void lead_address(const ServiceEntry& entry, const std::string& address, const std::string& chain) {
    if (chain.empty()) {
      refuse_address(entry, address);
    } else {
      element(cluster_addresses, address_key(entry, address), "goto " + chain);
    }
  }

  // The chain for clients from outside; empty when there is nothing behind it. With the Local policy the
  // client's address is kept, since the answer leaves this machine anyway; pods and this machine itself are
  // no strangers and may reach every endpoint.
  std::string outside_chain(const ServiceEntry& entry, const std::string& all, const std::string& local) {
    if (all.empty()) return {};
    const std::string name = chain_name("outside", entry.name);
    std::string& text = rules_.chains[name];
    if (!entry.local_only_outside) {
      text = fmt::format("meta mark set meta mark | {}\ngoto {}\n", masquerade_mark, all);
      return name;
    }
    text = fmt::format(
        "ip saddr {0} goto {1}\n"
        "fib saddr type local meta mark set meta mark | {2}\n"
        "fib saddr type local goto {1}\n",
        settings_.pod_range, all, masquerade_mark);
    if (!local.empty()) text += fmt::format("goto {}\n", local);
    return name;
  }

  // The chain that picks one of the backends; empty when there is none.
  std::string choice(std::string_view kind, const ServiceEntry& entry, const std::vector<Backend>& backends) {
    if (backends.empty()) return {};
    for (const Backend& backend : backends) {
      element(own_addresses, fmt::format("{0} . {0}", backend.address), "");
    }
    const std::string name = chain_name(kind, entry.name);
    rules_.chains[name] =
        entry.affinity_seconds ? remembered_choice(entry, backends) : plain_choice(entry, backends);
    return name;
  }

  static std::string plain_choice(const ServiceEntry& entry, const std::vector<Backend>& backends) {
    if (backends.size() == 1) {
      return fmt::format("meta l4proto {} dnat to {}:{}\n", entry.protocol, backends[0].address,
                         backends[0].port);
    }
    std::string choices;
    for (std::size_t i = 0; i < backends.size(); ++i) {
      choices += fmt::format("{}{} : {} . {}", i == 0 ? "" : ", ", i, backends[i].address, backends[i].port);
    }
    return fmt::format("meta l4proto {} dnat ip to numgen random mod {} map {{ {} }}\n", entry.protocol,
                       backends.size(), choices);
  }

  // With affinity each backend has a chain and a set of its clients.
  std::string remembered_choice(const ServiceEntry& entry, const std::vector<Backend>& backends) {
    std::string remembered;
    std::string choices;
    for (std::size_t i = 0; i < backends.size(); ++i) {
      const Backend& backend = backends[i];
      const std::string of = fmt::format("{} {}:{}", entry.name, backend.address, backend.port);
      const std::string chain = chain_name("backend", of);
      // The time is part of the name, since a set's time-out cannot be changed.
      const std::string clients = chain_name("clients", fmt::format("{} {}s", of, *entry.affinity_seconds));
      rules_.sets[clients] =
          fmt::format("type ipv4_addr\nflags dynamic, timeout\ntimeout {}s\n", *entry.affinity_seconds);
      rules_.chains[chain] = fmt::format("update @{} {{ ip saddr }}\nmeta l4proto {} dnat to {}:{}\n",
                                         clients, entry.protocol, backend.address, backend.port);
      remembered += fmt::format("ip saddr @{} goto {}\n", clients, chain);
      choices += fmt::format("{}{} : goto {}", i == 0 ? "" : ", ", i, chain);
    }
    return fmt::format("{}numgen random mod {} vmap {{ {} }}\n", remembered, backends.size(), choices);
  }

  const RulesetSettings& settings_;
  ServiceRules rules_;
};

std::string refusal(const RulesetSettings& settings, std::string_view name, std::string_view hook,
                    std::string_view first) {
  // Nothing in the service range exists as a host: what was not translated has no service.
  return fmt::format(
      "chain {0} {{\n"
      "type filter hook {1} priority filter; policy accept;\n"
      "{2}"
      "ct state new meta l4proto tcp ip daddr . meta l4proto . th dport @refused_addresses reject with tcp "
      "reset\n"
      "ct state new ip daddr . meta l4proto . th dport @refused_addresses reject\n"
      "ct state new meta l4proto tcp fib daddr type local meta l4proto . th dport @refused_ports reject with "
      "tcp reset\n"
      "ct state new fib daddr type local meta l4proto . th dport @refused_ports reject\n"
      "ct state new meta l4proto tcp ip daddr {3} reject with tcp reset\n"
      "ct state new ip daddr {3} reject\n"
      "}}\n",
      name, hook, first, settings.service_range);
}

// The chains of every table, which hang in the kernel's hooks.
std::string fixed_chains(const RulesetSettings& settings) {
  std::string out =
      "chain services {\n"
      "ip daddr . meta l4proto . th dport vmap @cluster_addresses\n"
      "fib daddr type local meta l4proto . th dport vmap @node_ports\n"
      "}\n"
      "chain from_network {\n"
      "type nat hook prerouting priority dstnat; policy accept;\n"
      "jump services\n"
      "}\n"
      "chain from_machine {\n"
      "type nat hook output priority -100; policy accept;\n"
      "jump services\n"
      "}\n";
  out += fmt::format(
      "chain to_network {{\n"
      "type nat hook postrouting priority srcnat; policy accept;\n"
      "meta mark & {0} == {0} masquerade\n"
      "ct status dnat ip saddr . ip daddr @own_addresses masquerade\n"
      "ip saddr 127.0.0.0/8 oifname \"{1}\" masquerade\n"
      "ip saddr {2} ip daddr != {2} oifname != \"{1}\" masquerade\n"
      "}}\n",
      masquerade_mark, settings.bridge, settings.pod_range);
  // Node ports on localhost need a device that may carry such addresses; pods must not reach this machine's
  // localhost by it, unless a service leads there.
  const std::string localhost = fmt::format(
      "iifname \"{}\" ip daddr 127.0.0.0/8 ct state new ct status & dnat == 0 drop\n", settings.bridge);
  out += refusal(settings, "refuse_from_machine", "output", "");
  // Before routing: a packet that would go back to where it came from makes the kernel send a redirect, and
  // with that the client has had its share of messages and does not hear that it was refused.
  out += refusal(settings, "refuse_from_network", "prerouting", localhost);
  return out;
}

std::string block(std::string_view kind, std::string_view name, std::string_view text) {
  return fmt::format("{} {} {{\n{}}}\n", kind, name, text);
}

// Changes are collected in the order in which the kernel can take them: nothing is used before it is there,
// and nothing is deleted while it is used.
class ChangeWriter {
 public:
  ChangeWriter(const RulesetSettings& settings, const ServiceRules& from, const ServiceRules& to)
      : table_("ip " + settings.table), from_(from), to_(to) {}

  std::string text() {
    for (const auto& [name, declaration] : to_.sets) {
      if (!from_.sets.contains(name)) declared_ += block("set", name, declaration);
    }
    for (const auto& [name, rules] : to_.chains) {
      const auto before = from_.chains.find(name);
      if (before != from_.chains.end() && before->second == rules) continue;
      if (before == from_.chains.end()) {
        declared_ += block("chain", name, "");
      } else {
        emptied_ += fmt::format("flush chain {} {}\n", table_, name);
      }
      filled_ += block("chain", name, rules);
    }
    for (const auto& [name, rules] : from_.chains) {
      if (to_.chains.contains(name)) continue;
      emptied_ += fmt::format("flush chain {} {}\n", table_, name);
      deleted_ += fmt::format("delete chain {} {}\n", table_, name);
    }
    for (const auto& [name, declaration] : from_.sets) {
      if (!to_.sets.contains(name)) deleted_ += fmt::format("delete set {} {}\n", table_, name);
    }
    for (const Container& container : containers) change_elements(std::string(container.name));
    std::string out;
    if (!declared_.empty()) out += block("table", table_, declared_);
    out += removed_elements_;
    out += emptied_;
    if (!filled_.empty()) out += block("table", table_, filled_);
    out += added_elements_;
    out += deleted_;
    return out;
  }

 private:
  void change_elements(const std::string& container) {
    static const std::map<std::string, std::string> none;
    const auto old = from_.elements.find(container);
    const auto now = to_.elements.find(container);
    const auto& before = old == from_.elements.end() ? none : old->second;
    const auto& after = now == to_.elements.end() ? none : now->second;
    std::string removed;
    std::string added;
    for (const auto& [key, verdict] : before) {
      const auto still = after.find(key);
      if (still == after.end() || still->second != verdict) removed += key + ",\n";
    }
    for (const auto& [key, verdict] : after) {
      const auto already = before.find(key);
      if (already != before.end() && already->second == verdict) continue;
      added += verdict.empty() ? key + ",\n" : fmt::format("{} : {},\n", key, verdict);
    }
    if (!removed.empty()) {
      removed_elements_ += fmt::format("delete element {} {} {{\n{}}}\n", table_, container, removed);
    }
    if (!added.empty())
      added_elements_ += fmt::format("add element {} {} {{\n{}}}\n", table_, container, added);
  }

  std::string table_;
  const ServiceRules& from_;
  const ServiceRules& to_;
  std::string declared_;
  std::string removed_elements_;
  std::string emptied_;
  std::string filled_;
  std::string added_elements_;
  std::string deleted_;
};

}  // namespace

std::string remove_ruleset(const std::string& table) {
  // Declaring the table first makes its removal no error when it is not there.
  return fmt::format("table ip {0}\ndelete table ip {0}\n", table);
}

ServiceRules rules_of(const RulesetSettings& settings, std::vector<ServiceEntry> entries) {
  std::ranges::sort(entries, {}, &ServiceEntry::name);
  RulesWriter writer(settings);
  for (const ServiceEntry& entry : entries) writer.add(entry);
  return writer.take();
}

std::string full_script(const RulesetSettings& settings, const ServiceRules& rules) {
  std::string body;
  for (const Container& container : containers) {
    std::string elements;
    if (const auto found = rules.elements.find(std::string(container.name)); found != rules.elements.end()) {
      for (const auto& [key, verdict] : found->second) {
        elements += verdict.empty() ? key + ",\n" : fmt::format("{} : {},\n", key, verdict);
      }
    }
    if (!elements.empty()) elements = fmt::format("elements = {{\n{}}}\n", elements);
    body += block(container.kind, container.name, fmt::format("type {}\n{}", container.type, elements));
  }
  for (const auto& [name, declaration] : rules.sets) body += block("set", name, declaration);
  for (const auto& [name, text] : rules.chains) body += block("chain", name, text);
  body += fixed_chains(settings);
  return remove_ruleset(settings.table) + block("table", "ip " + settings.table, body);
}

std::string change_script(const RulesetSettings& settings, const ServiceRules& from, const ServiceRules& to) {
  if (from == to) return {};
  return ChangeWriter(settings, from, to).text();
}

std::string make_ruleset(const RulesetSettings& settings, std::vector<ServiceEntry> entries) {
  return full_script(settings, rules_of(settings, std::move(entries)));
}

}  // namespace aloft::network
