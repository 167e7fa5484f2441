// Addresses with the same ports share a subset; a thousand addresses at most, the ready ones before others.
#include "controllers/endpoints.h"

#include <tuple>

#include "controllers/owners.h"
#include "controllers/pods.h"
#include "controllers/service_pods.h"
#include "model/kinds/core/v1/endpoints.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::EndpointAddress;
using core::v1::Endpoints;
using core::v1::EndpointSubset;
using core::v1::Pod;
using core::v1::Service;

constexpr std::size_t most_addresses = 1000;
constexpr std::string_view over_capacity_annotation = "endpoints.kubernetes.io/over-capacity";

auto order_of(const core::v1::EndpointPort& port) { return std::tie(port.name, port.port, port.protocol); }

std::vector<core::v1::EndpointPort> subset_ports(const Service& service, const Pod& pod) {
  std::vector<core::v1::EndpointPort> ports;
  for (const auto& wanted : service.spec.ports) {
    const auto number = target_port(wanted, pod);
    if (!number) continue;
    core::v1::EndpointPort port;
    port.name = wanted.name;
    port.port = *number;
    port.protocol = wanted.protocol.empty() ? "TCP" : wanted.protocol;
    port.appProtocol = wanted.appProtocol;
    ports.push_back(std::move(port));
  }
  std::ranges::sort(ports, {}, [](const core::v1::EndpointPort& port) { return order_of(port); });
  return ports;
}

EndpointAddress address_of(const Service& service, const Pod& pod, std::string ip) {
  EndpointAddress address;
  address.ip = std::move(ip);
  address.hostname = host_name(service, pod);
  if (!pod.spec.nodeName.empty()) address.nodeName = pod.spec.nodeName;
  address.targetRef = pod_reference(pod);
  return address;
}

void sort_addresses(std::vector<EndpointAddress>& addresses) {
  std::ranges::sort(addresses, {}, [](const EndpointAddress& address) {
    return std::pair(std::string_view(address.ip), std::string_view(address.targetRef->uid));
  });
}

std::vector<EndpointSubset> subsets_of(const World& world, const Service& service) {
  std::vector<EndpointSubset> subsets;
  const std::string family = address_families(service).front();
  for (const auto& pod : pods_of(world, service)) {
    std::string ip = pod_ip(*pod, family);
    const bool ends = pod->metadata.deletionTimestamp && !service.spec.publishNotReadyAddresses;
    if (ip.empty() || is_finished(*pod) || ends) continue;
    std::vector<core::v1::EndpointPort> ports = subset_ports(service, *pod);
    // Without a port of its own only a headless service that has none at all knows the pod.
    if (ports.empty() && !(is_headless(service) && service.spec.ports.empty())) continue;
    auto subset = std::ranges::find(subsets, ports, &EndpointSubset::ports);
    if (subset == subsets.end()) {
      subsets.emplace_back();
      subset = subsets.end() - 1;
      subset->ports = std::move(ports);
    }
    const bool ready = service.spec.publishNotReadyAddresses || is_ready(*pod);
    (ready ? subset->addresses : subset->notReadyAddresses)
        .push_back(address_of(service, *pod, std::move(ip)));
  }
  for (EndpointSubset& subset : subsets) {
    sort_addresses(subset.addresses);
    sort_addresses(subset.notReadyAddresses);
  }
  std::ranges::sort(subsets, [](const EndpointSubset& a, const EndpointSubset& b) {
    return std::ranges::lexicographical_compare(
        a.ports, b.ports, [](const core::v1::EndpointPort& x, const core::v1::EndpointPort& y) {
          return order_of(x) < order_of(y);
        });
  });
  return subsets;
}

// True when something had to be left out.
bool truncate(std::vector<EndpointSubset>& subsets) {
  std::size_t room = most_addresses;
  bool cut = false;
  const auto limit = [&](std::vector<EndpointAddress>& addresses) {
    if (addresses.size() > room) {
      addresses.resize(room);
      cut = true;
    }
    room -= addresses.size();
  };
  for (EndpointSubset& subset : subsets) limit(subset.addresses);
  for (EndpointSubset& subset : subsets) limit(subset.notReadyAddresses);
  std::erase_if(subsets, [](const auto& subset) {
    return subset.addresses.empty() && subset.notReadyAddresses.empty();
  });
  return cut;
}

// Endpoints without a service may be somebody's own, made before the service; they concern nobody.
std::vector<ObjectKey> service_of_endpoints(const World& world, const client::Notice& notice) {
  if (world.get<Service>(notice.key) == nullptr) return {};
  return std::vector<ObjectKey>(1, notice.key);
}

}  // namespace

std::vector<client::Source> EndpointsController::sources() const {
  return {client::own_source(model::type_info<Service>()),
          client::Source{&model::type_info<Endpoints>(), service_of_endpoints},
          client::Source{&model::type_info<Pod>(), services_of_pod, {by_label_index()}}};
}

Result<Plan> EndpointsController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto known = world.get<Endpoints>(key);
  const auto service = world.get<Service>(key);
  if (service == nullptr) {
    if (known != nullptr) {
      plan.changes.push_back(remove_object(client::kind_of(model::type_info<Endpoints>()), known->metadata));
    }
    return plan;
  }
  if (service->metadata.deletionTimestamp || !has_selected_pods(*service)) return plan;

  Endpoints next;
  if (known != nullptr) next = *known;
  next.metadata.name = key.name;
  next.metadata.namespace_ = key.ns;
  next.metadata.labels = mirrored_labels(*service);
  next.subsets = subsets_of(world, *service);
  next.metadata.annotations.erase(std::string(over_capacity_annotation));
  if (truncate(next.subsets)) next.metadata.annotations[std::string(over_capacity_annotation)] = "truncated";
  if (known == nullptr) {
    plan.changes.push_back(client::create_change(next));
  } else if (next != *known) {
    plan.changes.push_back(client::update_change(next));
  }
  return plan;
}

}  // namespace aloft::controllers
