// See admission.h. Reasons and messages are kubelet's; labels are matched as the scheduler matches them.
#include "node/admission.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scheduler/framework/pod_info.h"

namespace aloft::node {

namespace {

// Settings of the pod's own namespaces that harm nobody else.
constexpr std::array<std::string_view, 11> safe_network_settings{"net.ipv4.ip_local_port_range",
                                                                 "net.ipv4.tcp_syncookies",
                                                                 "net.ipv4.ping_group_range",
                                                                 "net.ipv4.ip_unprivileged_port_start",
                                                                 "net.ipv4.ip_local_reserved_ports",
                                                                 "net.ipv4.tcp_keepalive_time",
                                                                 "net.ipv4.tcp_fin_timeout",
                                                                 "net.ipv4.tcp_keepalive_intvl",
                                                                 "net.ipv4.tcp_keepalive_probes",
                                                                 "net.ipv4.tcp_rmem",
                                                                 "net.ipv4.tcp_wmem"};
constexpr std::string_view safe_memory_setting = "kernel.shm_rmid_forced";

PodFailure refusal(std::string reason, std::string message) {
  PodFailure failure;
  failure.reason = std::move(reason);
  failure.message = std::move(message);
  failure.refused = true;
  return failure;
}

std::optional<PodFailure> refuse_settings(const core::v1::Pod& pod) {
  if (!pod.spec.securityContext) return std::nullopt;
  for (const core::v1::Sysctl& sysctl : pod.spec.securityContext->sysctls) {
    std::string name = sysctl.name;
    std::ranges::replace(name, '/', '.');
    const auto refuse = [&sysctl](std::string_view why) {
      return refusal("SysctlForbidden", fmt::format("forbidden sysctl: \"{}\" {}", sysctl.name, why));
    };
    const bool network = std::ranges::find(safe_network_settings, name) != safe_network_settings.end();
    if (!network && name != safe_memory_setting) return refuse("not allowlisted");
    if (network && pod.spec.hostNetwork) return refuse("not allowed with host net enabled");
    if (!network && pod.spec.hostIPC) return refuse("not allowed with host ipc enabled");
  }
  return std::nullopt;
}

// Containers run without AppArmor here, and a pod that relies on it must not run unnoticed without.
std::optional<PodFailure> refuse_profiles(const core::v1::Pod& pod) {
  const auto confines = [](const auto& context) {
    return context && context->appArmorProfile && context->appArmorProfile->type != "Unconfined";
  };
  bool any = confines(pod.spec.securityContext);
  for (const SpecContainer& container : containers_of(pod))
    any = any || confines(container.spec->securityContext);
  if (!any) return std::nullopt;
  return refusal("AppArmor", "Cannot enforce AppArmor: AppArmor is not enabled on the host");
}

std::optional<PodFailure> refuse_amount(std::string_view name, std::int64_t wanted, std::int64_t used,
                                        std::int64_t capacity) {
  if (wanted == 0 || wanted <= capacity - used) return std::nullopt;
  return refusal(fmt::format("OutOf{}", name),
                 fmt::format("Node didn't have enough resource: {}, requested: {}, used: {}, capacity: {}",
                             name, wanted, used, capacity));
}

}  // namespace

Demand demand_of(const PodPointer& pod) {
  scheduler::PodInfo info(pod);
  Demand demand;
  demand.requests = std::move(info.requests);
  demand.ports = std::move(info.host_ports);
  return demand;
}

std::optional<PodFailure> refuse_pod(const core::v1::Pod& pod, const Demand& wanted,
                                     const core::v1::ResourceList& allocatable,
                                     const std::vector<const Demand*>& others) {
  if (auto refused = refuse_settings(pod)) return refused;
  if (auto refused = refuse_profiles(pod)) return refused;
  const scheduler::Resources capacity = scheduler::Resources::of(allocatable);
  scheduler::Resources used;
  bool ports_free = true;
  for (const Demand* other : others) {
    used.add(other->requests);
    for (const scheduler::HostPort& port : wanted.ports) {
      const auto taken = [&port](const scheduler::HostPort& known) { return port.collides_with(known); };
      if (std::ranges::any_of(other->ports, taken)) ports_free = false;
    }
  }
  const scheduler::Resources& needs = wanted.requests;
  if (auto refused = refuse_amount("pods", needs.pods, used.pods, capacity.pods)) return refused;
  if (auto refused = refuse_amount("cpu", needs.milli_cpu, used.milli_cpu, capacity.milli_cpu))
    return refused;
  if (auto refused = refuse_amount("memory", needs.memory, used.memory, capacity.memory)) return refused;
  if (auto refused = refuse_amount("ephemeral-storage", needs.ephemeral_storage, used.ephemeral_storage,
                                   capacity.ephemeral_storage))
    return refused;
  if (ports_free) return std::nullopt;
  return refusal("NodePorts",
                 "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports");
}

bool asks_for_node(const core::v1::Pod& pod) {
  return !pod.spec.nodeSelector.empty() ||
         (pod.spec.affinity && pod.spec.affinity->nodeAffinity &&
          pod.spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution);
}

std::optional<PodFailure> refuse_node(const PodPointer& pod, const core::v1::Node& node) {
  const scheduler::PodInfo wanted(pod);
  if (wanted.nodes.matches(node.metadata.name, node.metadata.labels)) return std::nullopt;
  return refusal("NodeAffinity",
                 "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector");
}

}  // namespace aloft::node
