// Rules for containers, init containers and ephemeral containers.
#include <fmt/format.h>

#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

void validate_ports(const std::vector<ContainerPort>& ports, const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const FieldPath at = path.index(i);
    const ContainerPort& port = ports[i];
    if (!port.name.empty()) {
      const auto messages = model::check_port_name(port.name);
      model::add_invalid(errors, at.child("name"), port.name, messages);
      if (messages.empty() && !names.insert(port.name).second) errors.duplicate(at.child("name"), port.name);
    }
    if (port.containerPort == 0) {
      errors.required(at.child("containerPort"));
    } else {
      model::expect_port_number(errors, at.child("containerPort"), port.containerPort);
    }
    if (port.hostPort != 0) model::expect_port_number(errors, at.child("hostPort"), port.hostPort);
    model::expect_choice(errors, at.child("protocol"), port.protocol, {"SCTP", "TCP", "UDP"});
  }
}

void validate_host_ports(const Container& container, std::set<std::string>& taken, const FieldPath& path,
                         FieldErrors& errors) {
  const FieldPath ports = path.child("ports");
  for (std::size_t i = 0; i < container.ports.size(); ++i) {
    const ContainerPort& port = container.ports[i];
    if (port.hostPort == 0) continue;
    const std::string key = fmt::format("{}/{}/{}", port.protocol, port.hostIP, port.hostPort);
    const FieldPath at = ports.index(i);
    if (!taken.insert(key).second) errors.duplicate(at.child("hostPort"), key);
  }
}

void validate_resize_policies(const Container& container, const std::string& restart_policy,
                              const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < container.resizePolicy.size(); ++i) {
    const auto& policy = container.resizePolicy[i];
    if (!seen.insert(policy.resourceName).second) errors.duplicate(path.index(i), policy.resourceName);
    model::expect_choice(errors, path, policy.resourceName, {"cpu", "memory"});
    model::expect_choice(errors, path, policy.restartPolicy, {"NotRequired", "RestartContainer"});
    if (restart_policy == "Never" && policy.restartPolicy != "NotRequired") {
      errors.invalid_string(path, policy.restartPolicy,
                            "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

void validate_common(const Container& container, const PodContext& context, const FieldPath& path,
                     FieldErrors& errors) {
  if (container.name.empty()) {
    errors.required(path.child("name"));
  } else {
    model::expect_dns_label(errors, path.child("name"), container.name);
  }
  model::require(errors, path.child("image"), container.image);
  model::expect_choice(errors, path.child("terminationMessagePolicy"), container.terminationMessagePolicy,
                       {"File", "FallbackToLogsOnError"});
  validate_ports(container.ports, path.child("ports"), errors);
  validate_environment(container, path, errors);
  validate_volume_mounts(container, context, path.child("volumeMounts"), errors);
  validate_volume_devices(container, context, path.child("volumeDevices"), errors);
  model::expect_choice(errors, path.child("imagePullPolicy"), container.imagePullPolicy,
                       {"Always", "IfNotPresent", "Never"});
  validate_resources(container.resources, context.claims, path.child("resources"), errors);
  validate_resize_policies(container, context.restart_policy, path.child("resizePolicy"), errors);
  validate_security_context(container.securityContext, path.child("securityContext"), errors);
}

void validate_probes(const Container& container, const PodContext& context, const FieldPath& path,
                     FieldErrors& errors) {
  if (container.lifecycle) {
    validate_lifecycle(*container.lifecycle, context.grace_seconds, path.child("lifecycle"), errors);
  }
  validate_probe(container.livenessProbe, ProbeUse::liveness, context.grace_seconds,
                 path.child("livenessProbe"), errors);
  validate_probe(container.readinessProbe, ProbeUse::readiness, context.grace_seconds,
                 path.child("readinessProbe"), errors);
  validate_probe(container.startupProbe, ProbeUse::startup, context.grace_seconds, path.child("startupProbe"),
                 errors);
}

// Ordinary init containers run to their end, so nothing may depend on their health.
void refuse_probes(const Container& container, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view why = "may not be set for init containers without restartPolicy=Always";
  if (container.lifecycle) errors.forbidden(path.child("lifecycle"), why);
  if (container.livenessProbe) errors.forbidden(path.child("livenessProbe"), why);
  if (container.readinessProbe) errors.forbidden(path.child("readinessProbe"), why);
  if (container.startupProbe) errors.forbidden(path.child("startupProbe"), why);
}

// Templates have long been allowed to pad the name of an image.
void validate_image_padding(const Container& container, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view space = " \t\n\v\f\r";
  const std::string& image = container.image;
  if (image.empty()) return;
  if (space.find(image.front()) != std::string_view::npos ||
      space.find(image.back()) != std::string_view::npos) {
    errors.invalid_string(path.child("image"), image, "must not have leading or trailing whitespace");
  }
}

// Ephemeral containers look into a pod; they are no part of its service.
void refuse_service_fields(const Container& container, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view why = "cannot be set for an Ephemeral Container";
  if (!container.ports.empty()) errors.forbidden(path.child("ports"), why);
  if (container.resources != ResourceRequirements()) errors.forbidden(path.child("resources"), why);
  if (!container.resizePolicy.empty()) errors.forbidden(path.child("resizePolicy"), why);
  if (container.restartPolicy) errors.forbidden(path.child("restartPolicy"), why);
  if (container.livenessProbe) errors.forbidden(path.child("livenessProbe"), why);
  if (container.readinessProbe) errors.forbidden(path.child("readinessProbe"), why);
  if (container.startupProbe) errors.forbidden(path.child("startupProbe"), why);
  if (container.lifecycle) errors.forbidden(path.child("lifecycle"), why);
  const FieldPath mounts = path.child("volumeMounts");
  for (std::size_t i = 0; i < container.volumeMounts.size(); ++i) {
    const FieldPath mount = mounts.index(i);
    if (!container.volumeMounts[i].subPath.empty()) errors.forbidden(mount.child("subPath"), why);
    if (!container.volumeMounts[i].subPathExpr.empty()) errors.forbidden(mount.child("subPathExpr"), why);
  }
}

}  // namespace

void validate_containers(const PodSpec& spec, const PodContext& context, const FieldPath& path,
                         FieldErrors& errors) {
  if (spec.containers.empty()) return errors.required(path);
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    const FieldPath at = path.index(i);
    const Container& container = spec.containers[i];
    validate_common(container, context, at, errors);
    if (!names.insert(container.name).second) errors.duplicate(at.child("name"), container.name);
    validate_probes(container, context, at, errors);
    if (container.restartPolicy) {
      errors.forbidden(at.child("restartPolicy"), "may not be set for non-init containers");
    }
    if (context.is_pod) validate_image_padding(container, at, errors);
  }
  std::set<std::string> host_ports;
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    validate_host_ports(spec.containers[i], host_ports, path.index(i), errors);
  }
}

void validate_init_containers(const PodSpec& spec, const PodContext& context, const FieldPath& path,
                              FieldErrors& errors) {
  std::set<std::string> names;
  for (const auto& container : spec.containers) names.insert(container.name);
  for (std::size_t i = 0; i < spec.initContainers.size(); ++i) {
    const FieldPath at = path.index(i);
    const Container& container = spec.initContainers[i];
    validate_common(container, context, at, errors);
    if (container.restartPolicy) {
      model::expect_one_of(errors, at.child("restartPolicy"), *container.restartPolicy, {"Always"});
    }
    if (!container.name.empty() && !names.insert(container.name).second) {
      errors.duplicate(at.child("name"), container.name);
    }
    // Init containers run one by one, so only the ports of one can be in each other's way.
    std::set<std::string> host_ports;
    validate_host_ports(container, host_ports, at, errors);
    if (container.restartPolicy == "Always") {
      validate_probes(container, context, at, errors);
    } else {
      refuse_probes(container, at, errors);
    }
    if (!container.resizePolicy.empty()) {
      errors.forbidden(at.child("resizePolicy"), "must not be set for init containers");
    }
    if (context.is_pod) validate_image_padding(container, at, errors);
  }
}

void validate_ephemeral_containers(const PodSpec& spec, const PodContext& context, const FieldPath& path,
                                   FieldErrors& errors) {
  std::set<std::string> lasting;
  for (const auto& container : spec.containers) lasting.insert(container.name);
  for (const auto& container : spec.initContainers) lasting.insert(container.name);
  std::set<std::string> names = lasting;
  for (std::size_t i = 0; i < spec.ephemeralContainers.size(); ++i) {
    const FieldPath at = path.index(i);
    const EphemeralContainer& ephemeral = spec.ephemeralContainers[i];
    validate_common(ephemeral.container, context, at, errors);
    validate_image_padding(ephemeral.container, at, errors);
    if (!names.insert(ephemeral.container.name).second)
      errors.duplicate(at.child("name"), ephemeral.container.name);
    const auto& target = ephemeral.targetContainerName;
    if (!target.empty() && !lasting.contains(target))
      errors.not_found(at.child("targetContainerName"), target);
    refuse_service_fields(ephemeral.container, at, errors);
  }
}

}  // namespace aloft::core::v1
