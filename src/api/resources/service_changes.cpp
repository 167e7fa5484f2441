// Field by field, from the old spec to the next.
#include "api/resources/service_changes.h"

#include <map>
#include <set>

#include "api/status.h"
#include "base/go_quote.h"
#include "model/kinds/core/v1/rules.h"

namespace aloft::api {
namespace {

using core::v1::Service;
using core::v1::ServicePort;
using core::v1::ServiceSpec;

constexpr std::string_view own_family = "IPv4";

bool is_reachable_from_outside(const ServiceSpec& spec) {
  return spec.type == "LoadBalancer" || spec.type == "NodePort" ||
         (spec.type == "ClusterIP" && !spec.externalIPs.empty());
}

bool is_headless(const ServiceSpec& spec) {
  return spec.clusterIP == "None" || (!spec.clusterIPs.empty() && spec.clusterIPs.front() == "None");
}

void keep_addresses(Service& next, const Service& old) {
  if (needs_address(next.spec) && needs_address(old.spec)) {
    if (next.spec.clusterIP.empty()) next.spec.clusterIP = old.spec.clusterIP;
    if (next.spec.clusterIPs.empty() && next.spec.clusterIP == old.spec.clusterIP)
      next.spec.clusterIPs = old.spec.clusterIPs;
    if (next.spec.ipFamilies.empty()) next.spec.ipFamilies = old.spec.ipFamilies;
    if (!next.spec.ipFamilyPolicy) next.spec.ipFamilyPolicy = old.spec.ipFamilyPolicy;
  }
  core::v1::normalize_cluster_ips(next, &old);
}

// A port without a number keeps that of its name, unless another port has taken it.
void keep_node_ports(ServiceSpec& next, const ServiceSpec& old) {
  if (!needs_node_ports(next) || !needs_node_ports(old)) return;
  std::map<std::string, std::int32_t> known;
  for (const ServicePort& port : old.ports) known[port.name] = port.nodePort;
  std::set<std::int32_t> used;
  for (const ServicePort& port : next.ports) used.insert(port.nodePort);
  for (ServicePort& port : next.ports) {
    if (port.nodePort != 0) continue;
    const auto before = known.find(port.name);
    if (before != known.end() && used.insert(before->second).second) port.nodePort = before->second;
  }
}

void drop_addresses(ServiceSpec& next, const ServiceSpec& old) {
  if (!needs_address(old) || needs_address(next)) return;
  if (next.clusterIP == old.clusterIP && next.clusterIPs == old.clusterIPs) {
    next.clusterIP.clear();
    next.clusterIPs.clear();
  }
  if (next.ipFamilies == old.ipFamilies) next.ipFamilies.clear();
  if (next.ipFamilyPolicy == old.ipFamilyPolicy) next.ipFamilyPolicy.reset();
}

void drop_node_ports(ServiceSpec& next, const ServiceSpec& old) {
  if (!needs_node_ports(old) || needs_node_ports(next)) return;
  std::set<std::int32_t> before;
  for (const ServicePort& port : old.ports) before.insert(port.nodePort);
  const bool chosen = std::ranges::any_of(next.ports, [&](const ServicePort& port) {
    return port.nodePort != 0 && !before.contains(port.nodePort);
  });
  if (chosen) return;
  for (ServicePort& port : next.ports) port.nodePort = 0;
}

void drop_reach(ServiceSpec& next, const ServiceSpec& old) {
  if (needs_health_check_port(old) && !needs_health_check_port(next) &&
      next.healthCheckNodePort == old.healthCheckNodePort) {
    next.healthCheckNodePort = 0;
  }
  if (is_reachable_from_outside(old) && !is_reachable_from_outside(next) &&
      next.externalTrafficPolicy == old.externalTrafficPolicy) {
    next.externalTrafficPolicy.clear();
  }
  if (old.type != "LoadBalancer" || next.type == "LoadBalancer") return;
  if (next.allocateLoadBalancerNodePorts == old.allocateLoadBalancerNodePorts)
    next.allocateLoadBalancerNodePorts.reset();
  if (next.loadBalancerClass == old.loadBalancerClass) next.loadBalancerClass.reset();
}

// Nothing selects pods: whoever writes the endpoints may write those of either family.
void settle_free_families(ServiceSpec& spec) {
  if (!spec.ipFamilyPolicy) spec.ipFamilyPolicy = "RequireDualStack";
  if (spec.ipFamilies.empty()) spec.ipFamilies.emplace_back(own_family);
  if (spec.ipFamilies.size() > 1 || spec.ipFamilyPolicy == "SingleStack") return;
  spec.ipFamilies.emplace_back(spec.ipFamilies.front() == "IPv4" ? "IPv6" : "IPv4");
}

}  // namespace

bool needs_address(const ServiceSpec& spec) { return spec.type != "ExternalName"; }

bool needs_node_ports(const ServiceSpec& spec) {
  return spec.type == "NodePort" ||
         (spec.type == "LoadBalancer" && spec.allocateLoadBalancerNodePorts.value_or(true));
}

bool needs_health_check_port(const ServiceSpec& spec) {
  return spec.type == "LoadBalancer" && spec.externalTrafficPolicy == "Local";
}

void carry_over(Service& next, const Service& old) {
  keep_addresses(next, old);
  keep_node_ports(next.spec, old.spec);
  if (needs_health_check_port(next.spec) && needs_health_check_port(old.spec) &&
      next.spec.healthCheckNodePort == 0) {
    next.spec.healthCheckNodePort = old.spec.healthCheckNodePort;
  }
  drop_addresses(next.spec, old.spec);
  drop_node_ports(next.spec, old.spec);
  drop_reach(next.spec, old.spec);
  // No balancer leads here any more.
  if (old.spec.type == "LoadBalancer" && next.spec.type != "LoadBalancer") next.status.loadBalancer = {};
}

Result<> settle_families(Service& service, const Service* old) {
  ServiceSpec& spec = service.spec;
  if (spec.type == "ExternalName") return {};
  if (is_headless(spec) && spec.selector.empty()) {
    settle_free_families(spec);
    return {};
  }
  // Addresses that are asked for name the families that they are of.
  for (std::size_t i = spec.ipFamilies.size(); i < spec.clusterIPs.size(); ++i) {
    if (spec.clusterIPs[i] == "None") break;
    spec.ipFamilies.emplace_back(spec.clusterIPs[i].contains(':') ? "IPv6" : "IPv4");
  }
  const model::FieldPath path("spec");
  model::FieldErrors errors;
  if (spec.ipFamilyPolicy == "RequireDualStack" &&
      (old == nullptr || old->spec.ipFamilyPolicy != spec.ipFamilyPolicy)) {
    errors.invalid(path.child("ipFamilyPolicy"), go_quote(*spec.ipFamilyPolicy),
                   "this cluster is not configured for dual-stack services");
  }
  if (old == nullptr || old->spec.ipFamilies != spec.ipFamilies) {
    const model::FieldPath families = path.child("ipFamilies");
    for (std::size_t i = 0; i < spec.ipFamilies.size(); ++i) {
      if (spec.ipFamilies[i] == own_family) continue;
      errors.invalid(families.index(i), go_quote(spec.ipFamilies[i]), "not configured on this cluster");
    }
  }
  if (!errors.empty()) return fail(invalid_object("", "Service", service.metadata.name, errors));
  if (spec.ipFamilies.empty()) spec.ipFamilies.emplace_back(own_family);
  if (!spec.ipFamilyPolicy) spec.ipFamilyPolicy = "SingleStack";
  return {};
}

}  // namespace aloft::api
