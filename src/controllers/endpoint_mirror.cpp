// Every subset becomes one slice for each family of its addresses.
#include "controllers/endpoint_mirror.h"

#include <set>

#include "controllers/generated_name.h"
#include "controllers/owners.h"
#include "controllers/service_pods.h"
#include "controllers/service_slices.h"
#include "model/kinds/core/v1/endpoints.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::EndpointAddress;
using core::v1::Endpoints;
using core::v1::EndpointSubset;
using core::v1::Service;
using discovery::v1::Endpoint;
using discovery::v1::EndpointPort;
using discovery::v1::EndpointSlice;

constexpr std::string_view mirrored_by = "endpointslicemirroring-controller.k8s.io";
constexpr std::string_view skip_label = "endpointslice.kubernetes.io/skip-mirror";
// Endpoints that served elections as a lock; they change every few seconds and lead nowhere.
constexpr std::string_view leader_annotation = "control-plane.alpha.kubernetes.io/leader";
// Annotations that speak of the Endpoints and not of what they say.
constexpr std::string_view unmirrored_annotations[] = {"kubectl.kubernetes.io/last-applied-configuration",
                                                       "endpoints.kubernetes.io/last-change-trigger-time",
                                                       "endpoints.kubernetes.io/over-capacity"};
constexpr std::size_t most_mirrored = 1000;  // as many as a slice may hold

bool wants_mirror(const Endpoints* endpoints, const Service* service) {
  if (endpoints == nullptr || service == nullptr) return false;
  if (endpoints->metadata.deletionTimestamp || service->metadata.deletionTimestamp) return false;
  const auto skip = endpoints->metadata.labels.find(std::string(skip_label));
  if (skip != endpoints->metadata.labels.end() && skip->second == "true") return false;
  return !endpoints->metadata.annotations.contains(std::string(leader_annotation)) &&
         service->spec.selector.empty();
}

std::vector<EndpointPort> ports_of(const EndpointSubset& subset) {
  std::vector<EndpointPort> ports;
  for (const auto& known : subset.ports) {
    EndpointPort port;
    port.name = known.name;
    port.protocol = known.protocol.empty() ? "TCP" : known.protocol;
    port.port = known.port;
    port.appProtocol = known.appProtocol;
    ports.push_back(std::move(port));
  }
  return ports;
}

Endpoint endpoint_of(const EndpointAddress& address, bool ready) {
  Endpoint endpoint;
  endpoint.addresses.push_back(address.ip);
  endpoint.conditions.ready = ready;
  if (!address.hostname.empty()) endpoint.hostname = address.hostname;
  endpoint.nodeName = address.nodeName;
  endpoint.targetRef = address.targetRef;
  return endpoint;
}

std::string_view family_of(const EndpointAddress& address) {
  return address.ip.contains(':') ? "IPv6" : "IPv4";
}

// The addresses of one family, each once.
std::vector<Endpoint> endpoints_of(const EndpointSubset& subset, std::string_view family) {
  std::vector<Endpoint> endpoints;
  std::set<std::string_view> seen;
  const auto add = [&](const std::vector<EndpointAddress>& addresses, bool ready) {
    for (const EndpointAddress& address : addresses) {
      if (family_of(address) != family || endpoints.size() == most_mirrored) continue;
      if (seen.insert(address.ip).second) endpoints.push_back(endpoint_of(address, ready));
    }
  };
  add(subset.addresses, true);
  add(subset.notReadyAddresses, false);
  return endpoints;
}

// What the slices shall be, without names.
std::vector<EndpointSlice> wanted_slices(const Endpoints& endpoints) {
  EndpointSlice pattern;
  pattern.metadata.namespace_ = endpoints.metadata.namespace_;
  pattern.metadata.generateName = endpoints.metadata.name + "-";
  pattern.metadata.labels = endpoints.metadata.labels;
  pattern.metadata.labels[std::string(service_name_label)] = endpoints.metadata.name;
  pattern.metadata.labels[std::string(managed_by_label)] = mirrored_by;
  pattern.metadata.annotations = endpoints.metadata.annotations;
  for (const std::string_view own : unmirrored_annotations)
    pattern.metadata.annotations.erase(std::string(own));
  pattern.metadata.ownerReferences.push_back(controller_reference(endpoints));
  std::vector<EndpointSlice> slices;
  for (const EndpointSubset& subset : endpoints.subsets) {
    for (const std::string_view family : {"IPv4", "IPv6"}) {
      EndpointSlice slice = pattern;
      slice.addressType = family;
      slice.endpoints = endpoints_of(subset, family);
      slice.ports = ports_of(subset);
      if (!slice.endpoints.empty()) slices.push_back(std::move(slice));
    }
  }
  return slices;
}

std::string free_name(const World& world, const Endpoints& endpoints, std::size_t number) {
  for (int attempt = 0;; ++attempt) {
    const std::string seed = fmt::format("{}/{}/{}", endpoints.metadata.uid, number, attempt);
    std::string name = generated_name(endpoints.metadata.name + "-", seed);
    if (world.get<EndpointSlice>(ObjectKey(endpoints.metadata.namespace_, name)) == nullptr) return name;
  }
}

// Gives the slice a use among what is wanted: one with the same ports if there is any.
std::vector<EndpointSlice>::iterator use_for(const EndpointSlice& slice, std::vector<EndpointSlice>& wanted) {
  const auto same_family = [&](const EndpointSlice& other) { return other.addressType == slice.addressType; };
  const auto same_ports = std::ranges::find_if(
      wanted, [&](const EndpointSlice& other) { return same_family(other) && other.ports == slice.ports; });
  return same_ports != wanted.end() ? same_ports : std::ranges::find_if(wanted, same_family);
}

}  // namespace

std::vector<client::Source> EndpointMirrorController::sources() const {
  return {client::own_source(model::type_info<Endpoints>()), client::own_source(model::type_info<Service>()),
          client::Source{&model::type_info<EndpointSlice>(), service_of_slice, {by_service_index()}}};
}

Result<Plan> EndpointMirrorController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto endpoints = world.get<Endpoints>(key);
  const auto service = world.get<Service>(key);
  std::vector<EndpointSlice> wanted;
  if (wants_mirror(endpoints.get(), service.get())) wanted = wanted_slices(*endpoints);
  for (const auto& slice : world.by_index<EndpointSlice>(by_service, key.to_string())) {
    if (!is_managed_by(*slice, mirrored_by) || slice->metadata.deletionTimestamp) continue;
    const auto use = use_for(*slice, wanted);
    if (use == wanted.end()) {
      plan.changes.push_back(remove_object(slice_kind(), slice->metadata));
      continue;
    }
    EndpointSlice next = *slice;
    next.metadata.labels = use->metadata.labels;
    next.metadata.annotations = use->metadata.annotations;
    next.metadata.ownerReferences = use->metadata.ownerReferences;
    next.endpoints = std::move(use->endpoints);
    next.ports = std::move(use->ports);
    wanted.erase(use);
    if (next != *slice) plan.changes.push_back(client::update_change(next));
  }
  std::size_t number = 0;
  for (EndpointSlice& slice : wanted) {
    slice.metadata.name = free_name(world, *endpoints, number++);
    plan.changes.push_back(client::create_change(slice));
  }
  return plan;
}

}  // namespace aloft::controllers
