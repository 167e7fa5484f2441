// A slice keeps the endpoints it has as long as they are right, and new ones go where there is room, so that
// a change of one pod is a change of one slice, however large the service.
#include "controllers/endpoint_slice.h"

#include "controllers/generated_name.h"
#include "controllers/owners.h"
#include "controllers/pods.h"
#include "controllers/service_pods.h"
#include "controllers/service_slices.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::Node;
using core::v1::Pod;
using core::v1::Service;
using discovery::v1::Endpoint;
using discovery::v1::EndpointPort;
using discovery::v1::EndpointSlice;

constexpr std::size_t most_endpoints = 100;
constexpr std::string_view managed_by = "endpointslice-controller.k8s.io";
constexpr std::string_view zone_label = "topology.kubernetes.io/zone";

using Ports = std::vector<EndpointPort>;
// Endpoints by the uid of their pod.
using EndpointsOfPods = std::map<std::string, Endpoint>;
// The endpoints that share one list of ports.
struct Group {
  Ports ports;
  EndpointsOfPods endpoints;
};

Ports slice_ports(const Service& service, const Pod& pod) {
  Ports ports;
  for (const auto& wanted : service.spec.ports) {
    const auto number = target_port(wanted, pod);
    if (!number) continue;
    EndpointPort port;
    port.name = wanted.name;
    port.protocol = wanted.protocol.empty() ? "TCP" : wanted.protocol;
    port.port = number;
    port.appProtocol = wanted.appProtocol;
    ports.push_back(std::move(port));
  }
  return ports;
}

Endpoint endpoint_of(const Service& service, const Pod& pod, std::string ip, const Node* node) {
  const bool serving = is_ready(pod);
  const bool terminating = pod.metadata.deletionTimestamp.has_value();
  Endpoint endpoint;
  endpoint.addresses.push_back(std::move(ip));
  endpoint.conditions.ready = service.spec.publishNotReadyAddresses || (serving && !terminating);
  endpoint.conditions.serving = serving;
  endpoint.conditions.terminating = terminating;
  endpoint.targetRef = pod_reference(pod);
  if (!pod.spec.nodeName.empty()) endpoint.nodeName = pod.spec.nodeName;
  if (std::string name = host_name(service, pod); !name.empty()) endpoint.hostname = std::move(name);
  if (node == nullptr) return endpoint;
  const auto zone = node->metadata.labels.find(std::string(zone_label));
  if (zone != node->metadata.labels.end()) endpoint.zone = zone->second;
  return endpoint;
}

// The groups in a stable order.
std::vector<Group> groups_of(const World& world, const Service& service, std::string_view family) {
  std::vector<Group> groups;
  for (const auto& pod : pods_of(world, service)) {
    std::string ip = pod_ip(*pod, family);
    if (ip.empty() || is_finished(*pod)) continue;
    const auto node = world.get<Node>(ObjectKey("", pod->spec.nodeName));
    // A pod on a machine that has gone answers nobody; it returns when the node does.
    if (!pod->spec.nodeName.empty() && node == nullptr) continue;
    Ports ports = slice_ports(service, *pod);
    auto group = std::ranges::find(groups, ports, &Group::ports);
    if (group == groups.end()) {
      groups.emplace_back();
      group = groups.end() - 1;
      group->ports = std::move(ports);
    }
    group->endpoints.emplace(pod->metadata.uid, endpoint_of(service, *pod, std::move(ip), node.get()));
  }
  return groups;
}

std::map<std::string, std::string> slice_labels(const Service& service) {
  std::map<std::string, std::string> labels = mirrored_labels(service);
  labels[std::string(service_name_label)] = service.metadata.name;
  labels[std::string(managed_by_label)] = managed_by;
  return labels;
}

// A slice as it shall be, beside what it is.
struct Draft {
  std::shared_ptr<const EndpointSlice> original;
  EndpointSlice slice;
  bool changed() const { return original == nullptr || slice != *original; }
};

EndpointSlice new_slice(const World& world, const Service& service, std::string_view family,
                        std::size_t number) {
  EndpointSlice slice;
  slice.metadata.namespace_ = service.metadata.namespace_;
  slice.metadata.generateName = service.metadata.name + "-";
  slice.metadata.ownerReferences.push_back(controller_reference(service));
  slice.metadata.labels = slice_labels(service);
  slice.addressType = family;
  for (int attempt = 0;; ++attempt) {
    const std::string seed = fmt::format("{}/{}/{}/{}", service.metadata.uid, family, number, attempt);
    slice.metadata.name = generated_name(slice.metadata.generateName, seed);
    if (world.get<EndpointSlice>(ObjectKey(slice.metadata.namespace_, slice.metadata.name)) == nullptr)
      return slice;
  }
}

// The slices of one address family of one service.
class Family {
 public:
  Family(const World& world, const Service& service, std::string family)
      : world_(world), service_(service), family_(std::move(family)) {}

  void add(std::shared_ptr<const EndpointSlice> slice) {
    Draft draft;
    draft.slice = *slice;
    draft.slice.metadata.labels = slice_labels(service_);
    draft.original = std::move(slice);
    drafts_.push_back(std::move(draft));
  }

  void write(Plan& plan) {
    std::vector<Group> groups = groups_of(world_, service_, family_);
    // Slices of ports that no pod has any more are free for others.
    for (Draft& draft : drafts_) {
      const bool wanted = std::ranges::find(groups, draft.slice.ports, &Group::ports) != groups.end();
      if (!wanted) draft.slice.endpoints.clear();
    }
    for (Group& group : groups) place(group);
    keep_one_placeholder(groups.empty());
    for (const Draft& draft : drafts_) emit(draft, groups.empty(), plan);
  }

 private:
  // Keeps what is right, drops what is not, and puts the rest where there is room: into slices that change
  // anyway, then into the fullest, then into new ones.
  void place(Group& group) {
    std::vector<Draft*> own;
    for (Draft& draft : drafts_) {
      if (draft.slice.ports == group.ports && !(draft.slice.ports.empty() && draft.slice.endpoints.empty())) {
        own.push_back(&draft);
      }
    }
    for (Draft* draft : own) retain(draft->slice, group.endpoints);
    std::ranges::sort(own, std::greater<>(), [](const Draft* draft) {
      return std::pair(draft->changed(), draft->slice.endpoints.size());
    });
    for (Draft* draft : own) fill(draft->slice, group.endpoints);
    // A slice without use takes the ports that are wanted now.
    for (Draft& draft : drafts_) {
      if (group.endpoints.empty()) return;
      if (!draft.slice.endpoints.empty()) continue;
      draft.slice.ports = group.ports;
      fill(draft.slice, group.endpoints);
    }
    while (!group.endpoints.empty()) {
      Draft draft;
      draft.slice = new_slice(world_, service_, family_, drafts_.size());
      draft.slice.ports = group.ports;
      fill(draft.slice, group.endpoints);
      drafts_.push_back(std::move(draft));
    }
  }

  // Leaves in `waiting` the endpoints that no slice has.
  static void retain(EndpointSlice& slice, EndpointsOfPods& waiting) {
    std::vector<Endpoint> kept;
    for (const Endpoint& endpoint : slice.endpoints) {
      const auto found = endpoint.targetRef ? waiting.find(endpoint.targetRef->uid) : waiting.end();
      if (found == waiting.end()) continue;
      kept.push_back(std::move(found->second));
      waiting.erase(found);
    }
    slice.endpoints = std::move(kept);
  }

  static void fill(EndpointSlice& slice, EndpointsOfPods& waiting) {
    while (slice.endpoints.size() < most_endpoints && !waiting.empty()) {
      slice.endpoints.push_back(std::move(waiting.begin()->second));
      waiting.erase(waiting.begin());
    }
  }

  // A service without pods still has one slice, without ports, by which clients see that nobody answers.
  void keep_one_placeholder(bool no_pods) {
    if (!no_pods) return;
    if (drafts_.empty()) {
      Draft draft;
      draft.slice = new_slice(world_, service_, family_, 0);
      drafts_.push_back(std::move(draft));
    }
    drafts_.front().slice.ports.clear();
  }

  void emit(const Draft& draft, bool no_pods, Plan& plan) const {
    const bool placeholder = no_pods && &draft == &drafts_.front();
    if (draft.slice.endpoints.empty() && !placeholder) {
      plan.changes.push_back(remove_object(slice_kind(), draft.original->metadata));
    } else if (draft.original == nullptr) {
      plan.changes.push_back(client::create_change(draft.slice));
    } else if (draft.changed()) {
      plan.changes.push_back(client::update_change(draft.slice));
    }
  }

  const World& world_;
  const Service& service_;
  std::string family_;
  std::vector<Draft> drafts_;
};

std::string zone_of(const std::shared_ptr<const void>& node) {
  if (node == nullptr) return "/absent";
  const auto& labels = metadata_of(node).labels;
  const auto found = labels.find(std::string(zone_label));
  return found == labels.end() ? std::string() : found->second;
}

// A node that comes, goes or moves to another zone concerns the services of its pods.
std::vector<ObjectKey> services_of_node(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  if (zone_of(notice.old) == zone_of(notice.now)) return keys;
  for (const auto& pod : world.by_index<Pod>(by_node, notice.key.name)) {
    client::Notice pod_notice;
    pod_notice.key = ObjectKey(pod->metadata.namespace_, pod->metadata.name);
    pod_notice.now = pod;
    for (ObjectKey& key : services_of_pod(world, pod_notice)) {
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
    }
  }
  return keys;
}

}  // namespace

std::vector<client::Source> EndpointSliceController::sources() const {
  return {client::own_source(model::type_info<Service>()),
          client::Source{&model::type_info<EndpointSlice>(), service_of_slice, {by_service_index()}},
          client::Source{&model::type_info<Pod>(), services_of_pod, {by_label_index(), by_node_index()}},
          client::Source{&model::type_info<Node>(), services_of_node}};
}

Result<Plan> EndpointSliceController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto service = world.get<Service>(key);
  if (service == nullptr || service->metadata.deletionTimestamp || !has_selected_pods(*service)) return plan;
  const std::vector<std::string> families = address_families(*service);
  std::vector<Family> wanted;
  for (const std::string& family : families) wanted.emplace_back(world, *service, family);
  for (const auto& slice : world.by_index<EndpointSlice>(by_service, key.to_string())) {
    if (!is_managed_by(*slice, managed_by) || slice->metadata.deletionTimestamp) continue;
    const auto family = std::ranges::find(families, slice->addressType);
    if (family == families.end()) {
      plan.changes.push_back(remove_object(slice_kind(), slice->metadata));
    } else {
      wanted[static_cast<std::size_t>(family - families.begin())].add(slice);
    }
  }
  for (Family& family : wanted) family.write(plan);
  return plan;
}

}  // namespace aloft::controllers
