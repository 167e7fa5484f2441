// The lists stand here once; the bootstrap creates all of them, the controller what is missing of them.
#include "controllers/default_objects.h"

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
constexpr std::string_view service_name = "kubernetes";
constexpr std::string_view service_namespace = "default";
constexpr std::string_view port_name = "https";
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

meta::v1::ObjectMeta service_metadata() {
  meta::v1::ObjectMeta metadata;
  metadata.name = service_name;
  metadata.namespace_ = service_namespace;
  return metadata;
}

Service service_of(const DefaultObjectsSettings& settings) {
  Service service;
  service.metadata = service_metadata();
  service.metadata.labels = {{"component", "apiserver"}, {"provider", "kubernetes"}};
  core::v1::ServicePort port;
  port.name = port_name;
  port.protocol = "TCP";
  port.port = 443;
  port.targetPort = settings.api_port;
  service.spec.ports.push_back(std::move(port));
  service.spec.clusterIP = settings.service_ip;
  service.spec.clusterIPs.push_back(settings.service_ip);
  service.spec.type = "ClusterIP";
  return service;
}

Endpoints endpoints_of(const DefaultObjectsSettings& settings) {
  Endpoints endpoints;
  endpoints.metadata = service_metadata();
  endpoints.metadata.labels["endpointslice.kubernetes.io/skip-mirror"] = "true";
  core::v1::EndpointAddress address;
  address.ip = settings.api_ip;
  core::v1::EndpointPort port;
  port.name = port_name;
  port.port = settings.api_port;
  port.protocol = "TCP";
  core::v1::EndpointSubset subset;
  subset.addresses.push_back(std::move(address));
  subset.ports.push_back(std::move(port));
  endpoints.subsets.push_back(std::move(subset));
  return endpoints;
}

EndpointSlice slice_of(const DefaultObjectsSettings& settings) {
  EndpointSlice slice;
  slice.metadata = service_metadata();
  slice.metadata.labels["kubernetes.io/service-name"] = service_name;
  slice.addressType = settings.api_ip.contains(':') ? "IPv6" : "IPv4";
  discovery::v1::Endpoint endpoint;
  endpoint.addresses.push_back(settings.api_ip);
  endpoint.conditions.ready = true;
  slice.endpoints.push_back(std::move(endpoint));
  discovery::v1::EndpointPort port;
  port.name = port_name;
  port.protocol = "TCP";
  port.port = settings.api_port;
  slice.ports.push_back(std::move(port));
  return slice;
}

// Without an address there is no API server that pods could reach.
bool has_endpoints(const DefaultObjectsSettings& settings) { return !settings.api_ip.empty(); }

// In an order in which each may be created.
std::vector<Change> creations(const DefaultObjectsSettings& settings) {
  std::vector<Change> changes;
  for (const std::string_view name : namespaces) changes.push_back(client::create_change(space_of(name)));
  for (const Priority& priority : priorities) changes.push_back(client::create_change(class_of(priority)));
  changes.push_back(client::create_change(service_of(settings)));
  if (!has_endpoints(settings)) return changes;
  changes.push_back(client::create_change(endpoints_of(settings)));
  changes.push_back(client::create_change(slice_of(settings)));
  return changes;
}

template <class T>
void create_missing(const World& world, const T& wanted, Plan& plan) {
  const ObjectKey key(wanted.metadata.namespace_, wanted.metadata.name);
  if (world.get<T>(key) == nullptr) plan.changes.push_back(client::create_change(wanted));
}

void keep_endpoints(const World& world, const DefaultObjectsSettings& settings, Plan& plan) {
  const ObjectKey key{std::string(service_namespace), std::string(service_name)};
  const Endpoints wanted = endpoints_of(settings);
  if (const auto known = world.get<Endpoints>(key); known != nullptr && known->subsets != wanted.subsets) {
    Endpoints next = *known;
    next.subsets = wanted.subsets;
    plan.changes.push_back(client::update_change(next));
  }
  const EndpointSlice wanted_slice = slice_of(settings);
  const auto known = world.get<EndpointSlice>(key);
  if (known == nullptr || known->addressType != wanted_slice.addressType) return;
  EndpointSlice next = *known;
  next.endpoints = wanted_slice.endpoints;
  next.ports = wanted_slice.ports;
  if (next != *known) plan.changes.push_back(client::update_change(next));
}

template <class T>
client::Source source_of() {
  client::Source source;
  source.type = &model::type_info<T>();
  source.keys = [](const World&, const client::Notice& notice) {
    std::vector<ObjectKey> keys;
    const bool ours =
        notice.key.ns.empty() || (notice.key.ns == service_namespace && notice.key.name == service_name);
    if (ours) keys.emplace_back("", std::string(only_key));
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
  return {source_of<Namespace>(), source_of<PriorityClass>(), source_of<Service>(), source_of<Endpoints>(),
          source_of<EndpointSlice>()};
}

Result<Plan> DefaultObjectsController::plan(const World& world, const ObjectKey&) {
  Plan plan;
  for (const std::string_view name : namespaces) create_missing(world, space_of(name), plan);
  for (const Priority& priority : priorities) create_missing(world, class_of(priority), plan);
  create_missing(world, service_of(settings_), plan);
  if (!has_endpoints(settings_)) return plan;
  create_missing(world, endpoints_of(settings_), plan);
  create_missing(world, slice_of(settings_), plan);
  keep_endpoints(world, settings_, plan);
  return plan;
}

}  // namespace aloft::controllers
