// Rules for pod specs, wherever they stand, and for templates of pods.
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/kinds/meta/v1/object_meta_validation.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::size_t nameservers_max = 3;
constexpr std::size_t searches_max = 32;
constexpr std::size_t search_characters_max = 2048;

void validate_resource_claim(const PodResourceClaim& claim, const PodContext& context,
                             std::set<std::string>& names, const FieldPath& path, FieldErrors& errors) {
  if (claim.name.empty()) {
    errors.required(path.child("name"));
  } else if (!names.insert(claim.name).second) {
    errors.duplicate(path.child("name"), claim.name);
  } else {
    model::expect_dns_label(errors, path.child("name"), claim.name);
    const std::string whole = context.pod_name + "-" + claim.name;
    if (!context.pod_name.empty() && claim.resourceClaimTemplateName) {
      for (const auto& message : model::check_dns1123_subdomain(whole)) {
        errors.invalid_string(path.child("name"), whole, "final ResourceClaim name: " + message);
      }
    }
  }
  if (claim.resourceClaimName && claim.resourceClaimTemplateName) {
    errors.invalid_string(
        path, claim.name,
        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
  }
  if (!claim.resourceClaimName && !claim.resourceClaimTemplateName) {
    errors.invalid_string(path, claim.name,
                          "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
  }
  if (claim.resourceClaimName) {
    model::expect_dns_subdomain(errors, path.child("resourceClaimName"), *claim.resourceClaimName);
  }
  if (claim.resourceClaimTemplateName) {
    model::expect_dns_subdomain(errors, path.child("resourceClaimTemplateName"),
                                *claim.resourceClaimTemplateName);
  }
}

void validate_resource_claims(const PodSpec& spec, PodContext& context, const FieldPath& path,
                              FieldErrors& errors) {
  for (const auto& claim : spec.resourceClaims) {
    if (!claim.name.empty()) context.claims.insert(claim.name);
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.resourceClaims.size(); ++i) {
    validate_resource_claim(spec.resourceClaims[i], context, names, path.index(i), errors);
  }
}

// With the network of the node a port of the container is a port of the node.
void validate_host_network_ports(const PodSpec& spec, const PodContext& context, const FieldPath& path,
                                 FieldErrors& errors) {
  if (!spec.hostNetwork) return;
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    const FieldPath container = path.index(i);
    const FieldPath ports = container.child("ports");
    for (std::size_t j = 0; j < spec.containers[i].ports.size(); ++j) {
      const ContainerPort& port = spec.containers[i].ports[j];
      if (port.hostPort == port.containerPort || (port.hostPort == 0 && !context.is_pod)) continue;
      const FieldPath at = ports.index(j);
      errors.invalid_int(at.child("hostPort"), port.hostPort,
                         "must match `containerPort` when `hostNetwork` is true");
    }
  }
}

void validate_dns(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const auto& config = spec.dnsConfig;
  if (spec.dnsPolicy == "None") {
    if (!config) return errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
    if (config->nameservers.empty()) {
      return errors.required(path.child("nameservers"),
                             "must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
  }
  if (!config) return;
  const FieldPath nameservers = path.child("nameservers");
  if (config->nameservers.size() > nameservers_max) {
    errors.invalid(nameservers, model::list_text(config->nameservers),
                   "must not have more than 3 nameservers");
  }
  for (std::size_t i = 0; i < config->nameservers.size(); ++i) {
    model::expect_ip(errors, nameservers.index(i), config->nameservers[i]);
  }
  const FieldPath searches = path.child("searches");
  if (config->searches.size() > searches_max) {
    errors.invalid(searches, model::list_text(config->searches), "must not have more than 32 search paths");
  }
  std::size_t characters = config->searches.empty() ? 0 : config->searches.size() - 1;
  for (const auto& search : config->searches) characters += search.size();
  if (characters > search_characters_max) {
    errors.invalid(searches, model::list_text(config->searches),
                   "must not have more than 2048 characters (including spaces) in the search list");
  }
  for (std::size_t i = 0; i < config->searches.size(); ++i) {
    std::string_view search = config->searches[i];
    if (search.ends_with('.')) search.remove_suffix(1);
    model::expect_dns_subdomain(errors, searches.index(i), search);
  }
  const FieldPath options = path.child("options");
  for (std::size_t i = 0; i < config->options.size(); ++i) {
    model::require(errors, options.index(i), config->options[i].name, "must not be empty");
  }
}

void validate_gates(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const FieldPath readiness = path.child("readinessGates");
  for (std::size_t i = 0; i < spec.readinessGates.size(); ++i) {
    const FieldPath at = readiness.index(i);
    model::expect_qualified_name(errors, at.child("conditionType"), spec.readinessGates[i].conditionType);
  }
  const FieldPath scheduling = path.child("schedulingGates");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < spec.schedulingGates.size(); ++i) {
    const std::string& name = spec.schedulingGates[i].name;
    model::expect_qualified_name(errors, scheduling.index(i), name);
    if (!seen.insert(name).second) errors.duplicate(scheduling.index(i), name);
  }
}

void validate_names(const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  const auto subdomain = [&](const std::string& value, std::string_view field) {
    if (!value.empty()) model::expect_dns_subdomain(errors, path.child(field), value);
  };
  const auto label = [&](const std::string& value, std::string_view field) {
    if (!value.empty()) model::expect_dns_label(errors, path.child(field), value);
  };
  subdomain(spec.serviceAccountName, "serviceAccountName");
  subdomain(spec.nodeName, "nodeName");
  if (spec.activeDeadlineSeconds) {
    model::expect_range(errors, path.child("activeDeadlineSeconds"), *spec.activeDeadlineSeconds, 1,
                        std::numeric_limits<std::int32_t>::max());
  }
  label(spec.hostname, "hostname");
  label(spec.subdomain, "subdomain");
  validate_tolerations(spec.tolerations, path.child("tolerations"), errors);
  const FieldPath aliases = path.child("hostAliases");
  for (std::size_t i = 0; i < spec.hostAliases.size(); ++i) {
    const FieldPath at = aliases.index(i);
    model::expect_ip(errors, at.child("ip"), spec.hostAliases[i].ip);
    const FieldPath names = at.child("hostnames");
    for (std::size_t j = 0; j < spec.hostAliases[i].hostnames.size(); ++j) {
      model::expect_dns_subdomain(errors, names.index(j), spec.hostAliases[i].hostnames[j]);
    }
  }
  subdomain(spec.priorityClassName, "priorityClassName");
  if (spec.runtimeClassName) {
    model::expect_dns_subdomain(errors, path.child("runtimeClassName"), *spec.runtimeClassName);
  }
  if (spec.preemptionPolicy) {
    model::expect_choice(errors, path.child("preemptionPolicy"), *spec.preemptionPolicy,
                         {"PreemptLowerPriority", "Never"});
  }
}

bool is_int32(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::to_string(value) == text;
}

bool has_container(const PodSpec& spec, std::string_view name) {
  const auto named = [&](const Container& container) { return container.name == name; };
  return std::any_of(spec.containers.begin(), spec.containers.end(), named) ||
         std::any_of(spec.initContainers.begin(), spec.initContainers.end(), named) ||
         std::any_of(spec.ephemeralContainers.begin(), spec.ephemeralContainers.end(),
                     [&](const EphemeralContainer& ephemeral) { return named(ephemeral.container); });
}

// The older way to name an AppArmor profile.
void validate_app_armor_annotations(const std::map<std::string, std::string>& annotations,
                                    const PodSpec& spec, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view prefix = "container.apparmor.security.beta.kubernetes.io/";
  for (const auto& [key, profile] : annotations) {
    if (!key.starts_with(prefix)) continue;
    const auto container = std::string_view(key).substr(prefix.size());
    if (!has_container(spec, container))
      errors.invalid_string(path.key(key), container, "container not found");
    const bool known = profile.empty() || profile == "runtime/default" || profile == "unconfined" ||
                       profile.starts_with("localhost/");
    if (!known) {
      errors.invalid_string(path.key(key), profile,
                            fmt::format("invalid AppArmor profile name: {}", go_quote(profile)));
    }
  }
}

}  // namespace

void validate_pod_annotations(const std::map<std::string, std::string>& annotations, const PodSpec& spec,
                              const FieldPath& path, FieldErrors& errors) {
  if (const auto mirror = annotations.find("kubernetes.io/config.mirror");
      mirror != annotations.end() && spec.nodeName.empty()) {
    errors.invalid_string(path.key(mirror->first), mirror->second,
                          "must set spec.nodeName if mirror pod annotation is set");
  }
  if (const auto cost = annotations.find("controller.kubernetes.io/pod-deletion-cost");
      cost != annotations.end() && !is_int32(cost->second)) {
    errors.invalid_string(path.key(cost->first), cost->second, "must be a 32bit integer");
  }
  validate_app_armor_annotations(annotations, spec, path, errors);
}

void validate_pod_spec(const PodSpec& spec, const meta::v1::ObjectMeta* metadata, const FieldPath& path,
                       FieldErrors& errors) {
  PodContext context;
  context.is_pod = metadata != nullptr;
  context.pod_name = metadata != nullptr ? metadata->name : "";
  context.grace_seconds = spec.terminationGracePeriodSeconds.value_or(0);
  context.restart_policy = spec.restartPolicy;
  validate_volumes(spec.volumes, context, path.child("volumes"), errors);
  validate_resource_claims(spec, context, path.child("resourceClaims"), errors);
  validate_containers(spec, context, path.child("containers"), errors);
  validate_init_containers(spec, context, path.child("initContainers"), errors);
  validate_ephemeral_containers(spec, context, path.child("ephemeralContainers"), errors);
  validate_host_network_ports(spec, context, path.child("containers"), errors);
  model::expect_choice(errors, path.child("restartPolicy"), spec.restartPolicy,
                       {"Always", "OnFailure", "Never"});
  model::expect_choice(errors, path.child("dnsPolicy"), spec.dnsPolicy,
                       {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"});
  meta::v1::validate_labels(spec.nodeSelector, path.child("nodeSelector"), errors);
  validate_pod_security(spec, path, errors);
  if (spec.affinity) validate_affinity(*spec.affinity, path.child("affinity"), errors);
  validate_dns(spec, path.child("dnsConfig"), errors);
  validate_gates(spec, path, errors);
  validate_spread(spec.topologySpreadConstraints, path.child("topologySpreadConstraints"), errors);
  validate_names(spec, path, errors);
  if (!spec.overhead.empty()) {
    ResourceRequirements overhead;
    overhead.limits = spec.overhead;
    validate_resources(overhead, {}, path.child("overhead"), errors);
  }
  if (spec.resources) validate_resources(*spec.resources, context.claims, path.child("resources"), errors);
  validate_operating_system(spec, path, errors);
}

void validate_pod_template(const PodTemplateSpec& pod_template, const FieldPath& path, FieldErrors& errors) {
  const FieldPath annotations = path.child("annotations");
  meta::v1::validate_labels(pod_template.metadata.labels, path.child("labels"), errors);
  meta::v1::validate_annotations(pod_template.metadata.annotations, annotations, errors);
  validate_pod_annotations(pod_template.metadata.annotations, pod_template.spec, annotations, errors);
  const FieldPath spec = path.child("spec");
  validate_pod_spec(pod_template.spec, nullptr, spec, errors);
  if (!pod_template.spec.ephemeralContainers.empty()) {
    errors.forbidden(spec.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
  }
}

}  // namespace aloft::core::v1
