// Rules for services: ports, types, addresses, and what may change.
#include <set>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/core/v1/service_reach.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::int32_t node_api_port = 10250;
constexpr std::int32_t affinity_seconds_max = 86400;
constexpr std::string_view load_balancer_only = "may only be used when `type` is 'LoadBalancer'";

bool is_headless(const ServiceSpec& spec) {
  return spec.clusterIPs.size() == 1 && spec.clusterIPs[0] == "None";
}

bool needs_health_check(const ServiceSpec& spec) {
  return spec.type == "LoadBalancer" && spec.externalTrafficPolicy == "Local";
}

void validate_type(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const FieldPath ports = path.child("ports");
  const FieldPath cluster_ips = path.child("clusterIPs");
  if (spec.ports.empty() && !is_headless(spec) && spec.type != "ExternalName") errors.required(ports);
  if (spec.type == "LoadBalancer") {
    for (std::size_t i = 0; i < spec.ports.size(); ++i) {
      if (spec.ports[i].port != node_api_port) continue;
      errors.invalid_int(
          ports.index(i), node_api_port,
          fmt::format("may not expose port {} externally since it is used by kubelet", node_api_port));
    }
  }
  if ((spec.type == "LoadBalancer" || spec.type == "NodePort") && is_headless(spec)) {
    errors.invalid_string(cluster_ips.index(0), "None",
                          fmt::format("may not be set to 'None' for {} services", spec.type));
  }
  if (spec.type != "ExternalName") return;
  constexpr std::string_view why = "may not be set for ExternalName services";
  if (!spec.clusterIPs.empty()) errors.forbidden(cluster_ips, why);
  if (!spec.ipFamilies.empty()) errors.forbidden(path.child("ipFamilies"), why);
  if (spec.ipFamilyPolicy) errors.forbidden(path.child("ipFamilyPolicy"), why);
  std::string_view name = spec.externalName;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return errors.required(path.child("externalName"));
  model::expect_dns_subdomain(errors, path.child("externalName"), name);
}

void validate_port(const ServicePort& port, bool name_required, std::set<std::string>& names,
                   const FieldPath& path, FieldErrors& errors) {
  if (name_required && port.name.empty()) {
    errors.required(path.child("name"));
  } else if (!port.name.empty()) {
    model::expect_dns_label(errors, path.child("name"), port.name);
    if (!names.insert(port.name).second) errors.duplicate(path.child("name"), port.name);
  }
  model::expect_port_number(errors, path.child("port"), port.port);
  model::expect_choice(errors, path.child("protocol"), port.protocol, {"SCTP", "TCP", "UDP"});
  model::expect_port(errors, path.child("targetPort"), port.targetPort);
  if (port.appProtocol) model::expect_qualified_name(errors, path.child("appProtocol"), *port.appProtocol);
}

void validate_ports(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.ports.size(); ++i) {
    validate_port(spec.ports[i], spec.ports.size() > 1, names, path.index(i), errors);
  }
}

void validate_port_collisions(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  std::set<std::pair<std::string, std::int32_t>> node_ports;
  std::set<std::pair<std::string, std::int32_t>> ports;
  for (std::size_t i = 0; i < spec.ports.size(); ++i) {
    const ServicePort& port = spec.ports[i];
    const FieldPath at = path.index(i);
    if (spec.type == "ClusterIP" && port.nodePort != 0) {
      errors.forbidden(at.child("nodePort"), "may not be used when `type` is 'ClusterIP'");
    }
    if (port.nodePort != 0 && !node_ports.emplace(port.protocol, port.nodePort).second) {
      errors.add(at.child("nodePort"), "FieldValueDuplicate",
                 fmt::format("Duplicate value: {}", port.nodePort));
    }
  }
  for (std::size_t i = 0; i < spec.ports.size(); ++i) {
    const ServicePort& port = spec.ports[i];
    if (ports.emplace(port.protocol, port.port).second) continue;
    errors.add(
        path.index(i), "FieldValueDuplicate",
        fmt::format("Duplicate value: core.ServicePort{{Name:\"\", Protocol:{}, AppProtocol:(*string)(nil), "
                    "Port:{}, TargetPort:intstr.IntOrString{{Type:0, IntVal:0, StrVal:\"\"}}, NodePort:0}}",
                    go_quote(port.protocol), port.port));
  }
}

void validate_affinity_config(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const auto& config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity == "None" && config) {
    errors.forbidden(path, "must not be set when session affinity is None");
  }
  if (spec.sessionAffinity != "ClientIP") return;
  constexpr std::string_view why = "when session affinity type is ClientIP";
  if (!config) return errors.required(path, why);
  const FieldPath client = path.child("clientIP");
  if (!config->clientIP) return errors.required(client, why);
  if (!config->clientIP->timeoutSeconds) return errors.required(client.child("timeoutSeconds"), why);
  const std::int32_t seconds = *config->clientIP->timeoutSeconds;
  if (seconds <= 0 || seconds > affinity_seconds_max) {
    errors.invalid_int(client.child("timeoutSeconds"), seconds, "must be greater than 0 and less than 86400");
  }
}

void validate_families(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const FieldPath families = path.child("ipFamilies");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < spec.ipFamilies.size(); ++i) {
    model::expect_one_of(errors, families.index(i), spec.ipFamilies[i], {"IPv4", "IPv6"});
    if (!seen.insert(spec.ipFamilies[i]).second) errors.duplicate(families.index(i), spec.ipFamilies[i]);
  }
  if (spec.ipFamilyPolicy) {
    model::expect_one_of(errors, path.child("ipFamilyPolicy"), *spec.ipFamilyPolicy,
                         {"PreferDualStack", "RequireDualStack", "SingleStack"});
  }
}

void validate_cluster_ips(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const auto& ips = spec.clusterIPs;
  const FieldPath field = path.child("clusterIPs");
  if (!spec.clusterIP.empty() && ips.empty()) {
    errors.required(field);
  } else if (!ips.empty() && ips.front() != spec.clusterIP) {
    errors.invalid(field, model::list_text(ips), "first value must match `clusterIP`");
  }
  validate_families(spec, path, errors);
  bool all_valid = true;
  for (std::size_t i = 0; i < ips.size(); ++i) {
    if (i == 0 && ips[i] == "None") {
      if (ips.size() > 1) {
        all_valid = false;
        errors.invalid(field, model::list_text(ips), "'None' must be the first and only value");
      }
      continue;
    }
    all_valid = all_valid && model::is_ip(ips[i]);
    model::expect_ip(errors, field.index(i), ips[i]);
  }
  if (ips.size() > 2) errors.invalid(field, model::list_text(ips), "may only hold up to 2 values");
  if (!all_valid) return;
  if (ips.size() > 1 && !model::are_dual_stack(ips[0], ips[1])) {
    errors.invalid(field, model::list_text(ips), "may specify no more than one IP for each IP family");
  }
  if (is_headless(spec)) return;
  for (std::size_t i = 0; i < std::min(ips.size(), spec.ipFamilies.size()); ++i) {
    if ((spec.ipFamilies[i] == "IPv6") == model::is_ipv6(ips[i])) continue;
    errors.invalid_string(
        field.index(i), ips[i],
        fmt::format("expected an {} value as indicated by `ipFamilies[{}]`", spec.ipFamilies[i], i));
  }
}

void validate_source_ranges(const Service& service, const FieldPath& path, FieldErrors& errors) {
  constexpr const char* annotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
  const auto trimmed = [](std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  };
  const ServiceSpec& spec = service.spec;
  if (!spec.loadBalancerSourceRanges.empty()) {
    const FieldPath field = path.child("LoadBalancerSourceRanges");
    if (spec.type != "LoadBalancer") errors.forbidden(field, load_balancer_only);
    for (std::size_t i = 0; i < spec.loadBalancerSourceRanges.size(); ++i) {
      model::expect_cidr(errors, field.index(i), trimmed(spec.loadBalancerSourceRanges[i]));
    }
    return;
  }
  const auto found = service.metadata.annotations.find(annotation);
  if (found == service.metadata.annotations.end()) return;
  const FieldPath metadata("metadata");
  const FieldPath annotations = metadata.child("annotations");
  const FieldPath field = annotations.key(annotation);
  if (spec.type != "LoadBalancer") errors.forbidden(field, load_balancer_only);
  std::string_view rest = trimmed(found->second);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    model::expect_cidr(errors, field, trimmed(rest.substr(0, comma)));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
}

void validate_load_balancer(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const bool balanced = spec.type == "LoadBalancer";
  if (spec.allocateLoadBalancerNodePorts && !balanced) {
    errors.forbidden(path.child("allocateLoadBalancerNodePorts"), load_balancer_only);
  }
  if (!spec.allocateLoadBalancerNodePorts && balanced) {
    errors.required(FieldPath("allocateLoadBalancerNodePorts"));
  }
  if (!spec.loadBalancerClass) return;
  if (!balanced) return errors.forbidden(path.child("loadBalancerClass"), load_balancer_only);
  model::expect_qualified_name(errors, path.child("loadBalancerClass"), *spec.loadBalancerClass);
}

void validate_traffic(const ServiceSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const FieldPath external = path.child("externalTrafficPolicy");
  if (is_externally_reachable(spec)) {
    model::expect_choice(errors, external, spec.externalTrafficPolicy, {"Cluster", "Local"});
  } else if (!spec.externalTrafficPolicy.empty()) {
    errors.invalid_string(external, spec.externalTrafficPolicy,
                          "may only be set for externally-accessible services");
  }
  const FieldPath health = path.child("healthCheckNodePort");
  if (!needs_health_check(spec)) {
    if (spec.healthCheckNodePort != 0) {
      errors.invalid_int(
          health, spec.healthCheckNodePort,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    }
  } else if (spec.healthCheckNodePort == 0) {
    errors.required(health);
  } else {
    model::expect_port_number(errors, health, spec.healthCheckNodePort);
  }
  const FieldPath internal = path.child("internalTrafficPolicy");
  const bool in_cluster = spec.type == "NodePort" || spec.type == "LoadBalancer" || spec.type == "ClusterIP";
  if (!spec.internalTrafficPolicy) {
    if (in_cluster) errors.required(internal);
  } else {
    model::expect_one_of(errors, internal, *spec.internalTrafficPolicy, {"Cluster", "Local"});
  }
  if (spec.trafficDistribution) {
    model::expect_one_of(errors, path.child("trafficDistribution"), *spec.trafficDistribution,
                         {"PreferClose"});
  }
}

// Addresses of one family once given stay; a second one may come and go.
void validate_kept_ips(const ServiceSpec& now, const ServiceSpec& old, const FieldPath& path,
                       FieldErrors& errors) {
  if (is_headless(now) && is_headless(old)) return;
  const FieldPath field = path.child("clusterIPs");
  const auto& after = now.clusterIPs;
  const auto& before = old.clusterIPs;
  if (after.size() == before.size()) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] != after[i])
        errors.invalid(field.index(i), model::list_text(after), "may not change once set");
    }
    return;
  }
  if (before.size() > after.size() && after.empty()) {
    errors.invalid(field.index(0), "[]string(nil)", "primary clusterIP can not be unset");
  }
  if (!before.empty() && !after.empty() && before[0] != after[0]) {
    errors.invalid(field.index(0), model::list_text(after), "may not change once set");
  }
  if (before.size() > after.size() && after.size() == 1 && now.ipFamilyPolicy != "SingleStack") {
    errors.invalid(path.child("ipFamilyPolicy"), now.ipFamilyPolicy ? go_quote(*now.ipFamilyPolicy) : "null",
                   "must be set to 'SingleStack' when releasing the secondary clusterIP");
  }
}

void validate_kept_families(const ServiceSpec& now, const ServiceSpec& old, const FieldPath& path,
                            FieldErrors& errors) {
  if (is_headless(now) || is_headless(old)) return;
  const FieldPath families = path.child("ipFamilies");
  const FieldPath first = families.index(0);
  const auto& after = now.ipFamilies;
  const auto& before = old.ipFamilies;
  const bool first_changes = !before.empty() && !after.empty() && before[0] != after[0];
  if (first_changes || (before.size() == after.size() && before != after)) {
    errors.invalid(first, model::list_text(after), "may not change once set");
  }
  if (before.size() > after.size() && after.size() == 1 && now.ipFamilyPolicy != "SingleStack") {
    errors.invalid(path.child("ipFamilyPolicy"), now.ipFamilyPolicy ? go_quote(*now.ipFamilyPolicy) : "null",
                   "must be set to 'SingleStack' when releasing the secondary ipFamily");
  }
}

void validate_status(const ServiceStatus& status, FieldErrors& errors) {
  const FieldPath root("status");
  const FieldPath balancer = root.child("loadBalancer");
  const FieldPath path = balancer.child("ingress");
  for (std::size_t i = 0; i < status.loadBalancer.ingress.size(); ++i) {
    const LoadBalancerIngress& ingress = status.loadBalancer.ingress[i];
    const FieldPath at = path.index(i);
    if (!ingress.ip.empty()) model::expect_ip(errors, at.child("ip"), ingress.ip);
    if (!ingress.ipMode) {
      if (!ingress.ip.empty()) errors.required(at.child("ipMode"), "must be specified when `ip` is set");
    } else if (ingress.ip.empty()) {
      errors.forbidden(at.child("ipMode"), "may not be specified when `ip` is not set");
    } else {
      model::expect_one_of(errors, at.child("ipMode"), *ingress.ipMode, {"Proxy", "VIP"});
    }
    if (ingress.hostname.empty()) continue;
    model::expect_dns_subdomain(errors, at.child("hostname"), ingress.hostname);
    if (model::is_ip(ingress.hostname)) {
      errors.invalid_string(at.child("hostname"), ingress.hostname, "must be a DNS name, not an IP address");
    }
  }
}

}  // namespace

void validate(const Service& service, FieldErrors& errors) {
  const ServiceSpec& spec = service.spec;
  const FieldPath path("spec");
  validate_type(spec, path, errors);
  validate_ports(spec, path.child("ports"), errors);
  meta::v1::validate_labels(spec.selector, path.child("selector"), errors);
  model::expect_choice(errors, path.child("sessionAffinity"), spec.sessionAffinity, {"ClientIP", "None"});
  validate_affinity_config(spec, path.child("sessionAffinityConfig"), errors);
  validate_cluster_ips(spec, path, errors);
  const FieldPath external = path.child("externalIPs");
  for (std::size_t i = 0; i < spec.externalIPs.size(); ++i) {
    model::expect_ip(errors, external.index(i), spec.externalIPs[i]);
    if (model::is_ip(spec.externalIPs[i]))
      model::expect_ordinary_ip(errors, external.index(i), spec.externalIPs[i]);
  }
  model::expect_choice(errors, path.child("type"), spec.type,
                       {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"});
  validate_port_collisions(spec, path.child("ports"), errors);
  validate_source_ranges(service, path, errors);
  validate_load_balancer(spec, path, errors);
  validate_traffic(spec, path, errors);
}

void validate_update(const Service& service, const Service& old, FieldErrors& errors) {
  const FieldPath path("spec");
  const ServiceSpec& now = service.spec;
  if (now.type != "ExternalName" && old.spec.type != "ExternalName") {
    validate_kept_ips(now, old.spec, path, errors);
    validate_kept_families(now, old.spec, path, errors);
  }
  if (now.type == "LoadBalancer" && old.spec.type == "LoadBalancer" &&
      now.loadBalancerClass != old.spec.loadBalancerClass) {
    errors.invalid(path.child("loadBalancerClass"),
                   now.loadBalancerClass ? go_quote(*now.loadBalancerClass) : "null",
                   "may not change once set");
  }
  if (needs_health_check(now) && needs_health_check(old.spec) &&
      now.healthCheckNodePort != old.spec.healthCheckNodePort) {
    errors.forbidden(path.child("healthCheckNodePort"), model::immutable_field);
  }
  if (service.status != old.status) validate_status(service.status, errors);
}

}  // namespace aloft::core::v1
