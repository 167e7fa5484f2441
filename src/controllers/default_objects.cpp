// The lists stand here once; the bootstrap creates all of them, the controller what is missing of them.
#include "controllers/default_objects.h"

#include <algorithm>
#include <set>

#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/scheduling/v1/priority_class.h"

namespace aloft::controllers {
namespace {

using client::Change;
using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::Endpoints;
using core::v1::Namespace;
using core::v1::Service;
using discovery::v1::EndpointSlice;
using scheduling::v1::PriorityClass;

constexpr std::string_view only_key = "default-objects";
constexpr std::string_view namespaces[] = {"default", "kube-system", "kube-public", "kube-node-lease"};

struct Priority {
  std::string_view name;
  std::int32_t value;
  std::string_view description;
};
constexpr Priority priorities[] = {
    {"system-cluster-critical", 2'000'000'000,
     "For pods without which the cluster does not work, on whatever node."},
    {"system-node-critical", 2'000'001'000, "For pods without which their node does not work."},
};

Namespace space_of(std::string_view name) {
  Namespace space;
  space.metadata.name = name;
  return space;
}

PriorityClass class_of(const Priority& priority) {
  PriorityClass made;
  made.metadata.name = priority.name;
  made.value = priority.value;
  made.description = priority.description;
  made.preemptionPolicy = "PreemptLowerPriority";
  return made;
}

// default/kubernetes first.
std::vector<OwnService> services_of(const DefaultObjectsSettings& settings) {
  std::vector<OwnService> all;
  all.push_back({"default",
                 "kubernetes",
                 {{"component", "apiserver"}, {"provider", "kubernetes"}},
                 settings.service_ip,
                 settings.api_ip,
                 {{"https", 443, settings.api_port}}});
  all.insert(all.end(), settings.further.begin(), settings.further.end());
  return all;
}

meta::v1::ObjectMeta own_metadata(const OwnService& own) {
  meta::v1::ObjectMeta metadata;
  metadata.name = own.name;
  metadata.namespace_ = own.ns;
  return metadata;
}

Service service_of(const OwnService& own) {
  Service service;
  service.metadata = own_metadata(own);
  for (const auto& [name, value] : own.labels) service.metadata.labels[name] = value;
  for (const OwnService::Port& one : own.ports) {
    core::v1::ServicePort port;
    port.name = one.name;
    port.protocol = "TCP";
    port.port = one.port;
    port.targetPort = one.target;
    service.spec.ports.push_back(std::move(port));
  }
  if (!own.cluster_ip.empty()) {
    service.spec.clusterIP = own.cluster_ip;
    service.spec.clusterIPs.push_back(own.cluster_ip);
  }
  service.spec.type = "ClusterIP";
  return service;
}

Endpoints endpoints_of(const OwnService& own) {
  Endpoints endpoints;
  endpoints.metadata = own_metadata(own);
  endpoints.metadata.labels["endpointslice.kubernetes.io/skip-mirror"] = "true";
  core::v1::EndpointAddress address;
  address.ip = own.ip;
  core::v1::EndpointSubset subset;
  subset.addresses.push_back(std::move(address));
  for (const OwnService::Port& one : own.ports) {
    core::v1::EndpointPort port;
    port.name = one.name;
    port.port = one.target;
    port.protocol = "TCP";
    subset.ports.push_back(std::move(port));
  }
  endpoints.subsets.push_back(std::move(subset));
  return endpoints;
}

EndpointSlice slice_of(const OwnService& own) {
  EndpointSlice slice;
  slice.metadata = own_metadata(own);
  slice.metadata.labels["kubernetes.io/service-name"] = own.name;
  slice.addressType = own.ip.contains(':') ? "IPv6" : "IPv4";
  discovery::v1::Endpoint endpoint;
  endpoint.addresses.push_back(own.ip);
  endpoint.conditions.ready = true;
  slice.endpoints.push_back(std::move(endpoint));
  for (const OwnService::Port& one : own.ports) {
    discovery::v1::EndpointPort port;
    port.name = one.name;
    port.protocol = "TCP";
    port.port = one.target;
    slice.ports.push_back(std::move(port));
  }
  return slice;
}

// In an order in which each may be created.
std::vector<Change> creations(const DefaultObjectsSettings& settings) {
  std::vector<Change> changes;
  for (const std::string_view name : namespaces) changes.push_back(client::create_change(space_of(name)));
  for (const Priority& priority : priorities) changes.push_back(client::create_change(class_of(priority)));
  for (const OwnService& own : services_of(settings)) {
    changes.push_back(client::create_change(service_of(own)));
    // Without an address there is nothing that pods could reach.
    if (own.ip.empty()) continue;
    changes.push_back(client::create_change(endpoints_of(own)));
    changes.push_back(client::create_change(slice_of(own)));
  }
  return changes;
}

template <class T>
void create_missing(const World& world, const T& wanted, Plan& plan) {
  const ObjectKey key(wanted.metadata.namespace_, wanted.metadata.name);
  if (world.get<T>(key) == nullptr) plan.changes.push_back(client::create_change(wanted));
}

void keep_ports(const World& world, const OwnService& own, Plan& plan) {
  const auto known = world.get<Service>(ObjectKey(own.ns, own.name));
  if (known == nullptr) return;
  const bool same = std::ranges::equal(known->spec.ports, own.ports, [](const auto& is, const auto& should) {
    return is.name == should.name && is.port == should.port;
  });
  if (same) return;
  Service next = *known;
  next.spec.ports = service_of(own).spec.ports;
  plan.changes.push_back(client::update_change(next));
}

void keep_endpoints(const World& world, const OwnService& own, Plan& plan) {
  const ObjectKey key{own.ns, own.name};
  const Endpoints wanted = endpoints_of(own);
  if (const auto known = world.get<Endpoints>(key); known != nullptr && known->subsets != wanted.subsets) {
    Endpoints next = *known;
    next.subsets = wanted.subsets;
    plan.changes.push_back(client::update_change(next));
  }
  const EndpointSlice wanted_slice = slice_of(own);
  const auto known = world.get<EndpointSlice>(key);
  if (known == nullptr || known->addressType != wanted_slice.addressType) return;
  EndpointSlice next = *known;
  next.endpoints = wanted_slice.endpoints;
  next.ports = wanted_slice.ports;
  if (next != *known) plan.changes.push_back(client::update_change(next));
}

template <class T>
client::Source source_of(const DefaultObjectsSettings& settings) {
  std::set<ObjectKey> ours;
  for (const OwnService& own : services_of(settings)) ours.emplace(own.ns, own.name);
  client::Source source;
  source.type = &model::type_info<T>();
  source.keys = [ours = std::move(ours)](const World&, const client::Notice& notice) {
    std::vector<ObjectKey> keys;
    if (notice.key.ns.empty() || ours.contains(notice.key)) keys.emplace_back("", std::string(only_key));
    return keys;
  };
  return source;
}

}  // namespace

io::Task<Result<>> create_default_objects(client::Client& client, DefaultObjectsSettings settings) {
  for (Change& change : creations(settings)) {
    const auto made = co_await client.create(std::move(change.resource), change.key, std::move(change.body),
                                             std::move(change.options));
    if (made || made.error().code() == Code::already_exists) continue;
    Error error = made.error();
    error.at("creating " + change.key.to_string());
    co_return fail(std::move(error));
  }
  co_return Result<>();
}

std::vector<client::Source> DefaultObjectsController::sources() const {
  return {source_of<Namespace>(settings_), source_of<PriorityClass>(settings_), source_of<Service>(settings_),
          source_of<Endpoints>(settings_), source_of<EndpointSlice>(settings_)};
}

Result<Plan> DefaultObjectsController::plan(const World& world, const ObjectKey&) {
  Plan plan;
  for (const std::string_view name : namespaces) create_missing(world, space_of(name), plan);
  for (const Priority& priority : priorities) create_missing(world, class_of(priority), plan);
  for (const OwnService& own : services_of(settings_)) {
    create_missing(world, service_of(own), plan);
    keep_ports(world, own, plan);
    if (own.ip.empty()) continue;
    create_missing(world, endpoints_of(own), plan);
    create_missing(world, slice_of(own), plan);
    keep_endpoints(world, own, plan);
  }
  return plan;
}

}  // namespace aloft::controllers
