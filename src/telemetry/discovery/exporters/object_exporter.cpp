// Nodes, namespaces, services and endpoints as series.
#include "telemetry/discovery/exporters/object_exporter.h"

#include "telemetry/discovery/exporters/object_labels.h"

namespace aloft::telemetry::discovery {
namespace {

void add_resources(Family& family, std::string_view node, const core::v1::ResourceList& list) {
  for (const auto& [name, amount] : list) {
    const ResourceName resource = resource_name(name, amount);
    family.add(resource.value, {{"node", node}, {"resource", resource.name}, {"unit", resource.unit}});
  }
}

}  // namespace

void export_nodes(Objects<core::v1::Node> nodes, Families& out) {
  Family& info = out.gauge("kube_node_info", "Information about a cluster node.");
  Family& created = out.gauge("kube_node_created", "Unix creation timestamp");
  Family& unschedulable = out.gauge("kube_node_spec_unschedulable", "Whether a node can schedule new pods.");
  Family& taint = out.gauge("kube_node_spec_taint", "The taint of a cluster node.");
  Family& condition = out.gauge("kube_node_status_condition", "The condition of a cluster node.");
  Family& capacity =
      out.gauge("kube_node_status_capacity", "The total amount of resources available for a node.");
  Family& allocatable =
      out.gauge("kube_node_status_allocatable",
                "The amount of resources allocatable for pods (after reserving some for system daemons).");
  Family& role = out.gauge("kube_node_role", "The role of a cluster node.");
  Family& addresses = out.gauge("kube_node_status_addresses", "The addresses of a cluster node.");
  Family& deletion = out.gauge("kube_node_deletion_timestamp", "Unix deletion timestamp");
  for (const auto& node : nodes) {
    const std::string_view name = node->metadata.name;
    const auto& system = node->status.nodeInfo;
    std::string_view internal_ip;
    for (const auto& address : node->status.addresses) {
      if (address.type == "InternalIP" && internal_ip.empty()) internal_ip = address.address;
    }
    info.add(1, {{"node", name},
                 {"kernel_version", system.kernelVersion},
                 {"os_image", system.osImage},
                 {"container_runtime_version", system.containerRuntimeVersion},
                 {"kubelet_version", system.kubeletVersion},
                 {"kubeproxy_version", system.kubeProxyVersion},
                 {"pod_cidr", node->spec.podCIDR},
                 {"provider_id", node->spec.providerID},
                 {"system_uuid", system.systemUUID},
                 {"internal_ip", internal_ip}});
    created.add(seconds_of(node->metadata.creationTimestamp), {{"node", name}});
    if (node->metadata.deletionTimestamp)
      deletion.add(seconds_of(*node->metadata.deletionTimestamp), {{"node", name}});
    for (const auto& one : node->status.addresses)
      addresses.add(1, {{"node", name}, {"type", one.type}, {"address", one.address}});
    unschedulable.add(node->spec.unschedulable ? 1 : 0, {{"node", name}});
    for (const auto& one : node->spec.taints)
      taint.add(1, {{"node", name}, {"key", one.key}, {"value", one.value}, {"effect", one.effect}});
    for (const auto& one : node->status.conditions)
      add_condition(condition, {{"node", name}}, one.type, one.status);
    add_resources(capacity, name, node->status.capacity);
    add_resources(allocatable, name, node->status.allocatable);
    for (const auto& [label, value] : node->metadata.labels) {
      constexpr std::string_view prefix = "node-role.kubernetes.io/";
      if (label.starts_with(prefix))
        role.add(1, {{"node", name}, {"role", std::string_view(label).substr(prefix.size())}});
    }
  }
}

void export_namespaces(Objects<core::v1::Namespace> namespaces, Families& out) {
  Family& created = out.gauge("kube_namespace_created", "Unix creation timestamp");
  Family& phase = out.gauge("kube_namespace_status_phase", "kubernetes namespace status phase.");
  Family& condition =
      out.gauge("kube_namespace_status_condition", "The condition of a namespace that is being removed.");
  for (const auto& one : namespaces) {
    const std::string_view name = one->metadata.name;
    created.add(seconds_of(one->metadata.creationTimestamp), {{"namespace", name}});
    for (const std::string_view known : {"Active", "Terminating"})
      phase.add(one->status.phase == known ? 1 : 0, {{"namespace", name}, {"phase", known}});
    for (const auto& each : one->status.conditions)
      add_condition(condition, {{"namespace", name}}, each.type, each.status);
  }
}

void export_services(Objects<core::v1::Service> services, Families& out) {
  Family& info = out.gauge("kube_service_info", "Information about service.");
  Family& created = out.gauge("kube_service_created", "Unix creation timestamp");
  Family& type = out.gauge("kube_service_spec_type", "Type about service.");
  Family& external =
      out.gauge("kube_service_spec_external_ip", "Service external ips. One series for each ip");
  Family& ingress =
      out.gauge("kube_service_status_load_balancer_ingress", "Service load balancer ingress status");
  Family& ports =
      out.gauge("kube_service_ports", "Metric providing details about the ports exposed by services.");
  for (const auto& service : services) {
    const LabelList labels = with(identity("service", service->metadata), {{"uid", service->metadata.uid}});
    info.add(1, with(labels, {{"cluster_ip", service->spec.clusterIP},
                              {"external_name", service->spec.externalName},
                              {"external_traffic_policy", service->spec.externalTrafficPolicy},
                              {"load_balancer_ip", service->spec.loadBalancerIP}}));
    created.add(seconds_of(service->metadata.creationTimestamp), labels);
    type.add(1, with(labels, {{"type", service->spec.type}}));
    for (const auto& ip : service->spec.externalIPs) external.add(1, with(labels, {{"external_ip", ip}}));
    for (const auto& one : service->status.loadBalancer.ingress)
      ingress.add(1, with(labels, {{"ip", one.ip}, {"hostname", one.hostname}}));
    for (const auto& port : service->spec.ports) {
      const std::string number = std::to_string(port.port);
      const std::string node_port = port.nodePort != 0 ? std::to_string(port.nodePort) : "";
      const std::string target = port.targetPort.to_string();
      ports.add(
          1, with(labels, {{"port_name", port.name},
                           {"port_protocol", port.protocol},
                           {"port_number", number},
                           {"port_target", target},
                           {"port_app_protocol", port.appProtocol ? std::string_view(*port.appProtocol) : ""},
                           {"port_node_number", node_port}}));
    }
  }
}

void export_endpoints(Objects<core::v1::Endpoints> endpoints, Families& out) {
  Family& info = out.gauge("kube_endpoint_info", "Information about endpoint.");
  Family& created = out.gauge("kube_endpoint_created", "Unix creation timestamp");
  Family& address =
      out.gauge("kube_endpoint_address", "Information about Endpoint available and non available addresses.");
  Family& ports = out.gauge("kube_endpoint_ports", "Information about the Endpoint ports.");
  for (const auto& one : endpoints) {
    const LabelList labels = identity("endpoint", one->metadata);
    info.add(1, labels);
    created.add(seconds_of(one->metadata.creationTimestamp), labels);
    for (const auto& subset : one->subsets) {
      for (const auto& port : subset.ports) {
        const std::string number = std::to_string(port.port);
        ports.add(
            1, with(labels,
                    {{"port_name", port.name}, {"port_number", number}, {"port_protocol", port.protocol}}));
        const auto add = [&](const auto& addresses, std::string_view ready) {
          for (const auto& each : addresses)
            address.add(1, with(labels, {{"ip", each.ip},
                                         {"port_name", port.name},
                                         {"port_number", number},
                                         {"port_protocol", port.protocol},
                                         {"ready", ready}}));
        };
        add(subset.addresses, "true");
        add(subset.notReadyAddresses, "false");
      }
    }
  }
}

}  // namespace aloft::telemetry::discovery
