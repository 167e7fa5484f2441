// From a pod's object to what the plugins ask of it.
#include "scheduler/framework/pod_info.h"

#include "model/codec.h"

namespace aloft::scheduler {
namespace {

using core::v1::Container;
using core::v1::PodSpec;

void add_ports(const Container& container, bool host_network, std::vector<HostPort>& ports) {
  for (const auto& port : container.ports) {
    HostPort taken;
    // Containers on the node's own network take their port there whether they say so or not.
    taken.port = port.hostPort == 0 && host_network ? port.containerPort : port.hostPort;
    if (taken.port <= 0) continue;
    taken.ip = port.hostIP.empty() ? "0.0.0.0" : port.hostIP;
    taken.protocol = port.protocol.empty() ? "TCP" : port.protocol;
    ports.push_back(std::move(taken));
  }
}

std::vector<HostPort> host_ports_of(const PodSpec& spec) {
  std::vector<HostPort> ports;
  for (const Container& container : spec.containers) add_ports(container, spec.hostNetwork, ports);
  for (const Container& container : spec.initContainers) {
    if (container.restartPolicy == "Always") add_ports(container, spec.hostNetwork, ports);
  }
  return ports;
}

template <class Terms>
std::vector<PodTerm> required_terms(const Terms& terms, const meta::v1::ObjectMeta& metadata) {
  std::vector<PodTerm> compiled;
  for (const auto& term : terms) compiled.emplace_back(term, metadata.namespace_, metadata.labels, 0);
  return compiled;
}

template <class Terms>
std::vector<PodTerm> preferred_terms(const Terms& terms, const meta::v1::ObjectMeta& metadata) {
  std::vector<PodTerm> compiled;
  for (const auto& preferred : terms) {
    compiled.emplace_back(preferred.podAffinityTerm, metadata.namespace_, metadata.labels, preferred.weight);
  }
  return compiled;
}

void add_node_affinity(const PodSpec& spec, PodInfo& info) {
  const core::v1::NodeSelector* required = nullptr;
  if (spec.affinity && spec.affinity->nodeAffinity) {
    const auto& affinity = *spec.affinity->nodeAffinity;
    if (affinity.requiredDuringSchedulingIgnoredDuringExecution) {
      required = &*affinity.requiredDuringSchedulingIgnoredDuringExecution;
    }
    for (const auto& preferred : affinity.preferredDuringSchedulingIgnoredDuringExecution) {
      NodeTerm term(preferred.preference);
      if (preferred.weight == 0 || term.empty()) continue;
      info.preferred_nodes.push_back(PreferredNodeTerm(preferred.weight, std::move(term)));
    }
  }
  info.nodes = NodeCondition(spec.nodeSelector, required);
}

void add_pod_affinity(const core::v1::Pod& pod, PodInfo& info) {
  if (!pod.spec.affinity) return;
  if (const auto& affinity = pod.spec.affinity->podAffinity) {
    info.affinity = required_terms(affinity->requiredDuringSchedulingIgnoredDuringExecution, pod.metadata);
    info.preferred_affinity =
        preferred_terms(affinity->preferredDuringSchedulingIgnoredDuringExecution, pod.metadata);
  }
  if (const auto& apart = pod.spec.affinity->podAntiAffinity) {
    info.anti_affinity = required_terms(apart->requiredDuringSchedulingIgnoredDuringExecution, pod.metadata);
    info.preferred_anti_affinity =
        preferred_terms(apart->preferredDuringSchedulingIgnoredDuringExecution, pod.metadata);
  }
}

// Lengths in front keep different parts from running into one another.
void append_part(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

std::string group_of(const core::v1::Pod& pod) {
  std::string group;
  append_part(group, pod.metadata.namespace_);
  for (const auto& [key, value] : pod.metadata.labels) {
    append_part(group, key);
    append_part(group, value);
  }
  if (!pod.spec.affinity) return group;
  const core::v1::Affinity& affinity = *pod.spec.affinity;
  if (affinity.podAffinity) group += model::to_json(*affinity.podAffinity);
  group += '/';
  if (affinity.podAntiAffinity) group += model::to_json(*affinity.podAntiAffinity);
  return group;
}

}  // namespace

bool HostPort::collides_with(const HostPort& other) const {
  if (port != other.port || protocol != other.protocol) return false;
  return ip == other.ip || ip == "0.0.0.0" || other.ip == "0.0.0.0";
}

PodInfo::PodInfo(std::shared_ptr<const core::v1::Pod> object)
    : pod(std::move(object)),
      key(pod->metadata.namespace_ + "/" + pod->metadata.name),
      group(group_of(*pod)),
      priority(pod->spec.priority.value_or(0)),
      requests(pod_requests(pod->spec)),
      scoring_requests(pod_scoring_requests(pod->spec)),
      host_ports(host_ports_of(pod->spec)) {
  add_node_affinity(pod->spec, *this);
  add_pod_affinity(*pod, *this);
  for (const auto& constraint : pod->spec.topologySpreadConstraints) {
    auto& terms = constraint.whenUnsatisfiable == "ScheduleAnyway" ? preferred_spread : required_spread;
    terms.push_back(make_spread_term(constraint, pod->metadata.labels));
  }
}

}  // namespace aloft::scheduler
