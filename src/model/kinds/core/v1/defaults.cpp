// Defaults of namespaces, nodes, secrets and services that depend on other fields.
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod_defaults.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/core/v1/service_reach.h"

namespace aloft::core::v1 {
namespace {

constexpr std::int32_t client_affinity_seconds = 10800;

void set_affinity_defaults(ServiceSpec& spec) {
  if (spec.sessionAffinity == "None") spec.sessionAffinityConfig.reset();
  if (spec.sessionAffinity != "ClientIP") return;
  auto& config = spec.sessionAffinityConfig;
  if (config && config->clientIP && config->clientIP->timeoutSeconds) return;
  config.emplace().clientIP.emplace().timeoutSeconds = client_affinity_seconds;
}

bool is_unset(const model::IntOrString& port) {
  return port.is_int() ? port.as_int() == 0 : port.as_string().empty();
}

}  // namespace

// The label lets selectors pick namespaces by name; a generated name is labelled once it is known.
void set_defaults(Namespace& object) {
  const auto& name = object.metadata.name;
  if (!name.empty()) object.metadata.labels["kubernetes.io/metadata.name"] = name;
}

void set_defaults(Node& node) {
  if (node.status.allocatable.empty()) node.status.allocatable = node.status.capacity;
  round_amounts(node.status.capacity);
  round_amounts(node.status.allocatable);
  NodeSpec& spec = node.spec;
  if (!spec.podCIDR.empty() && (spec.podCIDRs.empty() || spec.podCIDRs.front() != spec.podCIDR)) {
    spec.podCIDRs = {spec.podCIDR};
  } else if (spec.podCIDR.empty() && !spec.podCIDRs.empty()) {
    spec.podCIDR = spec.podCIDRs.front();
  }
}

// stringData is for writers only: it is never stored.
void set_defaults(Secret& secret) {
  for (const auto& [key, value] : secret.stringData) {
    const auto* bytes = reinterpret_cast<const std::byte*>(value.data());
    secret.data[key] = std::vector<std::byte>(bytes, bytes + value.size());
  }
  secret.stringData.clear();
}

void set_defaults(Service& service) {
  ServiceSpec& spec = service.spec;
  set_affinity_defaults(spec);
  for (auto& port : spec.ports) {
    if (is_unset(port.targetPort)) port.targetPort = port.port;
  }
  if (is_externally_reachable(spec) && spec.externalTrafficPolicy.empty())
    spec.externalTrafficPolicy = "Cluster";
  const bool in_cluster = spec.type == "NodePort" || spec.type == "LoadBalancer" || spec.type == "ClusterIP";
  if (!spec.internalTrafficPolicy && in_cluster) spec.internalTrafficPolicy = "Cluster";
  if (spec.type != "LoadBalancer") return;
  if (!spec.allocateLoadBalancerNodePorts) spec.allocateLoadBalancerNodePorts = true;
  for (auto& ingress : service.status.loadBalancer.ingress) {
    if (!ingress.ip.empty() && !ingress.ipMode) ingress.ipMode = "VIP";
  }
}

void normalize_cluster_ips(Service& service, const Service* old) {
  ServiceSpec& spec = service.spec;
  if (old == nullptr || spec.clusterIP == old->spec.clusterIP) {
    if (!spec.clusterIP.empty() && spec.clusterIPs.empty()) spec.clusterIPs = {spec.clusterIP};
    return;
  }
  // A client that does not know clusterIPs sends them back as they were.
  if (spec.clusterIPs != old->spec.clusterIPs) return;
  if (spec.clusterIP.empty()) {
    spec.clusterIPs.clear();
  } else if (spec.clusterIPs.empty()) {
    spec.clusterIPs = {spec.clusterIP};
  } else {
    spec.clusterIPs.front() = spec.clusterIP;
  }
}

}  // namespace aloft::core::v1
