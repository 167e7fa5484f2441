// Config maps, secrets, leases and endpoint slices as series. Of a secret only its name and type are told.
#include <charconv>

#include "telemetry/discovery/exporters/object_exporter.h"
#include "telemetry/discovery/exporters/object_labels.h"

namespace aloft::telemetry::discovery {
namespace {

double version_of(const meta::v1::ObjectMeta& metadata) {
  double version = 0;
  const std::string& text = metadata.resourceVersion;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

std::string_view truth(const std::optional<bool>& value) {
  return !value ? std::string_view() : *value ? std::string_view("true") : std::string_view("false");
}

}  // namespace

void export_config_maps(Objects<core::v1::ConfigMap> config_maps, Families& out) {
  Family& info = out.gauge("kube_configmap_info", "Information about configmap.");
  Family& created = out.gauge("kube_configmap_created", "Unix creation timestamp");
  Family& version = out.gauge("kube_configmap_metadata_resource_version",
                              "Resource version representing a specific version of the configmap.");
  for (const auto& one : config_maps) {
    const LabelList labels = identity("configmap", one->metadata);
    info.add(1, labels);
    created.add(seconds_of(one->metadata.creationTimestamp), labels);
    version.add(version_of(one->metadata), labels);
  }
}

void export_secrets(Objects<core::v1::Secret> secrets, Families& out) {
  Family& info = out.gauge("kube_secret_info", "Information about secret.");
  Family& type = out.gauge("kube_secret_type", "Type about secret.");
  Family& created = out.gauge("kube_secret_created", "Unix creation timestamp");
  Family& version = out.gauge("kube_secret_metadata_resource_version",
                              "Resource version representing a specific version of secret.");
  Family& owner = out.gauge("kube_secret_owner", "Information about the Secret's owner.");
  for (const auto& one : secrets) {
    const LabelList labels = identity("secret", one->metadata);
    info.add(1, labels);
    type.add(1, with(labels, {{"type", one->type}}));
    created.add(seconds_of(one->metadata.creationTimestamp), labels);
    version.add(version_of(one->metadata), labels);
    add_owners(owner, labels, one->metadata);
  }
}

void export_leases(Objects<coordination::v1::Lease> leases, Families& out) {
  Family& owner = out.gauge("kube_lease_owner", "Information about the Lease's owner.");
  Family& renewed = out.gauge("kube_lease_renew_time", "Kube lease renew time.");
  for (const auto& one : leases) {
    const LabelList labels = identity("lease", one->metadata);
    const std::string holder = one->spec.holderIdentity.value_or("");
    const LabelList held = with(labels, {{"lease_holder", holder}});
    if (one->metadata.ownerReferences.empty()) owner.add(1, held);
    for (const auto& each : one->metadata.ownerReferences)
      owner.add(1, with(held, {{"owner_kind", each.kind}, {"owner_name", each.name}}));
    if (one->spec.renewTime && one->spec.renewTime->is_set())
      renewed.add(seconds_of(*one->spec.renewTime), labels);
  }
}

void export_endpoint_slices(Objects<::aloft::discovery::v1::EndpointSlice> slices, Families& out) {
  Family& info = out.gauge("kube_endpointslice_info", "Information about endpointslice.");
  Family& created = out.gauge("kube_endpointslice_created", "Unix creation timestamp");
  Family& endpoints = out.gauge("kube_endpointslice_endpoints", "Endpoints attached to the endpointslice.");
  Family& hints =
      out.gauge("kube_endpointslice_endpoints_hints", "Topology routing hints attached to endpoints");
  Family& ports = out.gauge("kube_endpointslice_ports", "Ports attached to the endpointslice.");
  for (const auto& slice : slices) {
    const LabelList labels = identity("endpointslice", slice->metadata);
    info.add(1, with(labels, {{"addresstype", slice->addressType}}));
    created.add(seconds_of(slice->metadata.creationTimestamp), labels);
    for (const auto& each : slice->endpoints) {
      LabelList about = {{"ready", truth(each.conditions.ready)},
                         {"serving", truth(each.conditions.serving)},
                         {"terminating", truth(each.conditions.terminating)}};
      if (each.hostname) about.emplace_back("hostname", *each.hostname);
      if (each.nodeName) about.emplace_back("endpoint_nodename", *each.nodeName);
      if (each.zone) about.emplace_back("endpoint_zone", *each.zone);
      if (each.targetRef)
        about = with(about, {{"targetref_kind", each.targetRef->kind},
                             {"targetref_name", each.targetRef->name},
                             {"targetref_namespace", each.targetRef->namespace_}});
      for (const std::string& address : each.addresses)
        endpoints.add(1, with(with(labels, about), {{"address", address}}));
      if (!each.hints || each.addresses.empty()) continue;
      for (const auto& zone : each.hints->forZones)
        hints.add(1, with(labels, {{"address", each.addresses[0]}, {"for_zone", zone.name}}));
    }
    for (const auto& port : slice->ports) {
      const std::string number = port.port ? std::to_string(*port.port) : "";
      ports.add(1, with(labels, {{"port_name", port.name ? std::string_view(*port.name) : ""},
                                 {"port_protocol", port.protocol ? std::string_view(*port.protocol) : ""},
                                 {"port_number", number}}));
    }
  }
}

}  // namespace aloft::telemetry::discovery
