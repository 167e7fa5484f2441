// Selection goes by the rarest of the selector's labels first, so that a change of one pod costs as much as
// the service is large, not as the namespace is.
#include "controllers/service_pods.h"

#include "controllers/pods.h"
#include "model/selectors.h"

namespace aloft::controllers {
namespace {

using core::v1::Pod;
using core::v1::Service;
using Pods = std::vector<std::shared_ptr<const Pod>>;

bool is_of_family(std::string_view ip, std::string_view family) {
  return ip.contains(':') == (family == "IPv6");
}

std::optional<std::int32_t> named_port(const std::vector<core::v1::Container>& containers,
                                       const std::string& name, std::string_view protocol) {
  for (const auto& container : containers) {
    for (const auto& port : container.ports) {
      const std::string_view own = port.protocol.empty() ? "TCP" : std::string_view(port.protocol);
      if (port.name == name && own == protocol) return port.containerPort;
    }
  }
  return std::nullopt;
}

void add_services(const client::World& world, const std::shared_ptr<const void>& object,
                  std::vector<client::ObjectKey>& keys) {
  if (object == nullptr) return;
  const auto& pod = *static_cast<const Pod*>(object.get());
  for (const auto& service : world.list<Service>(pod.metadata.namespace_)) {
    if (!has_selected_pods(*service)) continue;
    if (!model::LabelSelector::of(service->spec.selector).matches(pod.metadata.labels)) continue;
    client::ObjectKey key(service->metadata.namespace_, service->metadata.name);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  }
}

// What of a pod addresses depend on.
bool same_address(const Pod& a, const Pod& b) {
  return a.metadata.labels == b.metadata.labels &&
         a.metadata.deletionTimestamp == b.metadata.deletionTimestamp && a.status.podIPs == b.status.podIPs &&
         a.status.podIP == b.status.podIP && a.status.phase == b.status.phase && is_ready(a) == is_ready(b) &&
         a.spec.nodeName == b.spec.nodeName && a.spec.hostname == b.spec.hostname &&
         a.spec.subdomain == b.spec.subdomain;
}

}  // namespace

bool has_selected_pods(const Service& service) {
  return service.spec.type != "ExternalName" && !service.spec.selector.empty();
}

bool is_headless(const Service& service) { return service.spec.clusterIP == "None"; }

std::map<std::string, std::string> mirrored_labels(const Service& service) {
  std::map<std::string, std::string> labels = service.metadata.labels;
  labels.erase(std::string(headless_label));
  if (is_headless(service)) labels[std::string(headless_label)] = "";
  return labels;
}

Pods pods_of(const client::World& world, const Service& service) {
  std::optional<Pods> fewest;
  for (const auto& [key, value] : service.spec.selector) {
    Pods candidates = world.by_index<Pod>(by_label, value_of_label(service.metadata.namespace_, key, value));
    if (!fewest || candidates.size() < fewest->size()) fewest = std::move(candidates);
  }
  if (!fewest) return {};
  const auto selector = model::LabelSelector::of(service.spec.selector);
  std::erase_if(*fewest, [&](const auto& pod) { return !selector.matches(pod->metadata.labels); });
  return std::move(*fewest);
}

std::vector<std::string> address_families(const Service& service) {
  if (!service.spec.ipFamilies.empty()) return service.spec.ipFamilies;
  const bool six = service.spec.clusterIP.contains(':');
  return std::vector<std::string>(1, six ? "IPv6" : "IPv4");
}

std::string pod_ip(const Pod& pod, std::string_view family) {
  for (const auto& address : pod.status.podIPs) {
    if (is_of_family(address.ip, family)) return address.ip;
  }
  const std::string& only = pod.status.podIP;
  return !only.empty() && is_of_family(only, family) ? only : std::string();
}

std::optional<std::int32_t> target_port(const core::v1::ServicePort& port, const Pod& pod) {
  if (port.targetPort.is_int()) return port.targetPort.as_int() != 0 ? port.targetPort.as_int() : port.port;
  const std::string_view protocol = port.protocol.empty() ? "TCP" : std::string_view(port.protocol);
  if (const auto found = named_port(pod.spec.containers, port.targetPort.as_string(), protocol)) return found;
  std::vector<core::v1::Container> sidecars;
  std::ranges::copy_if(pod.spec.initContainers, std::back_inserter(sidecars),
                       [](const auto& container) { return container.restartPolicy == "Always"; });
  return named_port(sidecars, port.targetPort.as_string(), protocol);
}

std::string host_name(const Service& service, const Pod& pod) {
  const bool named =
      pod.spec.subdomain == service.metadata.name && pod.metadata.namespace_ == service.metadata.namespace_;
  return named ? pod.spec.hostname : std::string();
}

core::v1::ObjectReference pod_reference(const Pod& pod) {
  core::v1::ObjectReference reference;
  reference.kind = "Pod";
  reference.namespace_ = pod.metadata.namespace_;
  reference.name = pod.metadata.name;
  reference.uid = pod.metadata.uid;
  return reference;
}

std::vector<client::ObjectKey> services_of_pod(const client::World& world, const client::Notice& notice) {
  std::vector<client::ObjectKey> keys;
  if (notice.old != nullptr && notice.now != nullptr &&
      same_address(*static_cast<const Pod*>(notice.old.get()), *static_cast<const Pod*>(notice.now.get()))) {
    return keys;
  }
  add_services(world, notice.old, keys);
  add_services(world, notice.now, keys);
  return keys;
}

}  // namespace aloft::controllers
