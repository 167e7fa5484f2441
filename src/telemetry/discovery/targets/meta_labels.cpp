// Objects as targets.
#include "telemetry/discovery/targets/meta_labels.h"

#include <set>

namespace aloft::telemetry::discovery {
namespace {

using core::v1::Container;
using core::v1::ContainerStatus;
using core::v1::Pod;
using core::v1::Service;
using scrape::TargetGroup;

constexpr std::string_view prefix = "__meta_kubernetes_";

// Gathers labels by their name behind the prefix.
class Meta {
 public:
  Meta() = default;
  explicit Meta(LabelsView base) : builder_(base) {}
  Meta& set(std::string_view name, std::string_view value) {
    builder_.set(std::string(prefix) + std::string(name), value);
    return *this;
  }
  Meta& address(std::string_view value) {
    builder_.set(scrape::address_label, value);
    return *this;
  }
  // name_label_x, name_labelpresent_x, name_annotation_x, name_annotationpresent_x.
  Meta& metadata(std::string_view name, const meta::v1::ObjectMeta& metadata) {
    for (const auto& [key, value] : metadata.labels) {
      set(fmt::format("{}_label_{}", name, sanitized(key)), value);
      set(fmt::format("{}_labelpresent_{}", name, sanitized(key)), "true");
    }
    for (const auto& [key, value] : metadata.annotations) {
      set(fmt::format("{}_annotation_{}", name, sanitized(key)), value);
      set(fmt::format("{}_annotationpresent_{}", name, sanitized(key)), "true");
    }
    return *this;
  }
  Labels build() const { return builder_.build(); }

 private:
  LabelsBuilder builder_;
};

std::string join(std::string_view host, std::int32_t port) {
  return host.find(':') == std::string_view::npos ? fmt::format("{}:{}", host, port)
                                                  : fmt::format("[{}]:{}", host, port);
}

std::string_view truth(bool value) { return value ? "true" : "false"; }

void add_pod(Meta& meta, const Pod& pod) {
  meta.set("pod_name", pod.metadata.name)
      .set("pod_ip", pod.status.podIP)
      .set("pod_phase", pod.status.phase)
      .set("pod_node_name", pod.spec.nodeName)
      .set("pod_host_ip", pod.status.hostIP)
      .set("pod_uid", pod.metadata.uid);
  std::string_view ready = "unknown";
  for (const auto& condition : pod.status.conditions) {
    if (condition.type == "Ready")
      ready = condition.status == "True" ? "true" : condition.status == "False" ? "false" : "unknown";
  }
  meta.set("pod_ready", ready);
  for (const auto& owner : pod.metadata.ownerReferences) {
    if (!owner.controller.value_or(false)) continue;
    meta.set("pod_controller_kind", owner.kind).set("pod_controller_name", owner.name);
    break;
  }
  meta.metadata("pod", pod.metadata);
}

void add_container(Meta& meta, const Pod& pod, const Container& container, bool init) {
  meta.set("pod_container_name", container.name)
      .set("pod_container_image", container.image)
      .set("pod_container_init", truth(init));
  for (const auto& status : init ? pod.status.initContainerStatuses : pod.status.containerStatuses) {
    if (status.name == container.name) meta.set("pod_container_id", status.containerID);
  }
}

void add_port(Meta& meta, const core::v1::ContainerPort& port) {
  meta.set("pod_container_port_name", port.name)
      .set("pod_container_port_number", std::to_string(port.containerPort))
      .set("pod_container_port_protocol", port.protocol);
}

void add_service(Meta& meta, const Service& service) {
  meta.set("service_name", service.metadata.name).metadata("service", service.metadata);
}

TargetGroup group_of(std::string_view role, const meta::v1::ObjectMeta& metadata) {
  TargetGroup group;
  group.source = metadata.namespace_.empty()
                     ? fmt::format("{}/{}", role, metadata.name)
                     : fmt::format("{}/{}/{}", role, metadata.namespace_, metadata.name);
  return group;
}

// What the endpoints of both forms say of an address.
void add_reference(Meta& meta, std::string_view name, const model::Box<core::v1::ObjectReference>& target) {
  if (!target) return;
  meta.set(fmt::format("{}_address_target_kind", name), target->kind)
      .set(fmt::format("{}_address_target_name", name), target->name);
}

std::shared_ptr<const Pod> pod_behind(const model::Box<core::v1::ObjectReference>& target,
                                      const std::string& ns, const ObjectFinder& find) {
  if (!target || target->kind != "Pod") return nullptr;
  return find.pod(target->namespace_.empty() ? ns : target->namespace_, target->name);
}

// The pod of an endpoint with the container that has its port. Gives the ports that endpoints name, so that
// the rest of the pod's ports can become targets too.
void add_backing_pod(Meta& meta, const Pod& pod, std::int32_t port) {
  add_pod(meta, pod);
  for (const auto& container : pod.spec.containers) {
    for (const auto& each : container.ports) {
      if (each.containerPort != port) continue;
      add_container(meta, pod, container, false);
      add_port(meta, each);
      return;
    }
  }
}

struct SeenPod {
  std::shared_ptr<const Pod> pod;
  std::set<std::int32_t> ports;
};

// A pod's other container ports, which no endpoint names.
void add_other_ports(TargetGroup& group, const std::map<std::string, SeenPod>& pods) {
  for (const auto& [name, seen] : pods) {
    for (const auto& container : seen.pod->spec.containers) {
      for (const auto& port : container.ports) {
        if (seen.ports.contains(port.containerPort) || seen.pod->status.podIP.empty()) continue;
        Meta meta;
        meta.address(join(seen.pod->status.podIP, port.containerPort));
        add_pod(meta, *seen.pod);
        add_container(meta, *seen.pod, container, false);
        add_port(meta, port);
        group.targets.push_back(meta.build());
      }
    }
  }
}

}  // namespace

std::string sanitized(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fine) c = '_';
  }
  return out;
}

TargetGroup node_targets(const core::v1::Node& node) {
  TargetGroup group = group_of("node", node.metadata);
  Meta common;
  common.set("node_name", node.metadata.name).set("node_provider_id", node.spec.providerID);
  common.metadata("node", node.metadata);
  group.labels = common.build();
  std::string host;
  Meta meta;
  for (const std::string_view wanted :
       {"InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "Hostname"}) {
    for (const auto& address : node.status.addresses) {
      if (host.empty() && address.type == wanted) host = address.address;
    }
  }
  std::set<std::string> types;
  for (const auto& address : node.status.addresses) {
    if (types.insert(address.type).second)
      meta.set(fmt::format("node_address_{}", sanitized(address.type)), address.address);
  }
  if (host.empty()) return group;
  const std::int32_t port = node.status.daemonEndpoints.kubeletEndpoint.Port;
  LabelsBuilder labels(meta.address(join(host, port != 0 ? port : 10250)).build());
  labels.set("instance", node.metadata.name);
  group.targets.push_back(labels.build());
  return group;
}

Labels with_node(const Labels& target, const core::v1::Node& node) {
  Meta meta(target);
  meta.set("node_name", node.metadata.name).metadata("node", node.metadata);
  return meta.build();
}

TargetGroup pod_targets(const Pod& pod) {
  TargetGroup group = group_of("pod", pod.metadata);
  Meta common;
  common.set("namespace", pod.metadata.namespace_);
  add_pod(common, pod);
  group.labels = common.build();
  const std::string& ip = pod.status.podIP;
  if (ip.empty()) return group;
  const auto add = [&](const Container& container, bool init) {
    if (container.ports.empty()) {
      Meta meta;
      meta.address(ip.find(':') == std::string::npos ? ip : "[" + ip + "]");
      add_container(meta, pod, container, init);
      group.targets.push_back(meta.build());
      return;
    }
    for (const auto& port : container.ports) {
      Meta meta;
      meta.address(join(ip, port.containerPort));
      add_container(meta, pod, container, init);
      add_port(meta, port);
      group.targets.push_back(meta.build());
    }
  };
  for (const auto& container : pod.spec.containers) add(container, false);
  for (const auto& container : pod.spec.initContainers) add(container, true);
  return group;
}

TargetGroup service_targets(const Service& service) {
  TargetGroup group = group_of("svc", service.metadata);
  Meta common;
  common.set("namespace", service.metadata.namespace_);
  add_service(common, service);
  group.labels = common.build();
  for (const auto& port : service.spec.ports) {
    Meta meta;
    meta.address(
            join(fmt::format("{}.{}.svc", service.metadata.name, service.metadata.namespace_), port.port))
        .set("service_port_name", port.name)
        .set("service_port_number", std::to_string(port.port))
        .set("service_port_protocol", port.protocol)
        .set("service_type", service.spec.type);
    if (service.spec.type == "ExternalName") {
      meta.set("service_external_name", service.spec.externalName);
    } else {
      meta.set("service_cluster_ip", service.spec.clusterIP);
    }
    if (service.spec.type == "LoadBalancer") meta.set("service_loadbalancer_ip", service.spec.loadBalancerIP);
    group.targets.push_back(meta.build());
  }
  return group;
}

TargetGroup endpoints_targets(const core::v1::Endpoints& endpoints, const ObjectFinder& find) {
  const std::string& ns = endpoints.metadata.namespace_;
  TargetGroup group = group_of("endpoints", endpoints.metadata);
  Meta common;
  common.set("namespace", ns).set("endpoints_name", endpoints.metadata.name);
  common.metadata("endpoints", endpoints.metadata);
  if (const auto service = find.service(ns, endpoints.metadata.name)) add_service(common, *service);
  group.labels = common.build();
  std::map<std::string, SeenPod> pods;
  for (const auto& subset : endpoints.subsets) {
    for (const auto& port : subset.ports) {
      const auto add = [&](const core::v1::EndpointAddress& address, bool ready) {
        Meta meta;
        meta.address(join(address.ip, port.port))
            .set("endpoint_port_name", port.name)
            .set("endpoint_port_protocol", port.protocol)
            .set("endpoint_ready", truth(ready))
            .set("endpoint_hostname", address.hostname)
            .set("endpoint_node_name", address.nodeName.value_or(""));
        add_reference(meta, "endpoint", address.targetRef);
        if (const auto pod = pod_behind(address.targetRef, ns, find)) {
          add_backing_pod(meta, *pod, port.port);
          SeenPod& seen = pods[pod->metadata.name];
          seen.pod = pod;
          seen.ports.insert(port.port);
        }
        group.targets.push_back(meta.build());
      };
      for (const auto& address : subset.addresses) add(address, true);
      for (const auto& address : subset.notReadyAddresses) add(address, false);
    }
  }
  add_other_ports(group, pods);
  return group;
}

TargetGroup endpoint_slice_targets(const ::aloft::discovery::v1::EndpointSlice& slice,
                                   const ObjectFinder& find) {
  const std::string& ns = slice.metadata.namespace_;
  TargetGroup group = group_of("endpointslice", slice.metadata);
  Meta common;
  common.set("namespace", ns)
      .set("endpointslice_name", slice.metadata.name)
      .set("endpointslice_address_type", slice.addressType);
  common.metadata("endpointslice", slice.metadata);
  const auto owner = slice.metadata.labels.find("kubernetes.io/service-name");
  if (owner != slice.metadata.labels.end()) {
    if (const auto service = find.service(ns, owner->second)) add_service(common, *service);
  }
  group.labels = common.build();
  std::map<std::string, SeenPod> pods;
  for (const auto& port : slice.ports) {
    for (const auto& endpoint : slice.endpoints) {
      for (const auto& ip : endpoint.addresses) {
        Meta meta;
        meta.address(port.port ? join(ip, *port.port) : ip)
            .set("endpointslice_port", port.port ? std::to_string(*port.port) : "")
            .set("endpointslice_port_name", port.name.value_or(""))
            .set("endpointslice_port_protocol", port.protocol.value_or(""))
            .set("endpointslice_port_app_protocol", port.appProtocol.value_or(""))
            .set("endpointslice_endpoint_hostname", endpoint.hostname.value_or(""))
            .set("endpointslice_endpoint_node_name", endpoint.nodeName.value_or(""))
            .set("endpointslice_endpoint_zone", endpoint.zone.value_or(""));
        const auto condition = [&](std::string_view name, const std::optional<bool>& value) {
          if (value) meta.set(fmt::format("endpointslice_endpoint_conditions_{}", name), truth(*value));
        };
        condition("ready", endpoint.conditions.ready);
        condition("serving", endpoint.conditions.serving);
        condition("terminating", endpoint.conditions.terminating);
        add_reference(meta, "endpointslice", endpoint.targetRef);
        if (const auto pod = pod_behind(endpoint.targetRef, ns, find); pod && port.port) {
          add_backing_pod(meta, *pod, *port.port);
          SeenPod& seen = pods[pod->metadata.name];
          seen.pod = pod;
          seen.ports.insert(*port.port);
        }
        group.targets.push_back(meta.build());
      }
    }
  }
  add_other_ports(group, pods);
  return group;
}

}  // namespace aloft::telemetry::discovery
