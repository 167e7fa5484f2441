// Defaults of pods and of pod specs, as v1 defaults and conversions of the core group set them.
#include "model/kinds/core/v1/pod_defaults.h"

#include <algorithm>
#include <string_view>

#include "model/codec.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/rules.h"

namespace aloft::core::v1 {
namespace {

// An image without tag and digest means its latest tag. What is no image name at all is left to validation.
bool wants_latest(std::string_view image) {
  const bool has_digest = image.find('@') != std::string_view::npos;
  image = image.substr(0, image.find('@'));
  const auto slash = image.rfind('/');
  const auto colon = image.rfind(':');
  const bool has_tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  const auto repository = has_tag ? image.substr(0, colon) : image;
  const auto malformed = [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); };
  const auto path =
      repository.substr(repository.find('/') == std::string_view::npos ? 0 : repository.find('/'));
  if (repository.empty() || std::any_of(path.begin(), path.end(), malformed)) return false;
  return has_tag ? image.substr(colon + 1) == "latest" : !has_digest;
}

std::string pull_policy(std::string_view image) { return wants_latest(image) ? "Always" : "IfNotPresent"; }

void set_container_defaults(Container& container) {
  if (container.imagePullPolicy.empty()) container.imagePullPolicy = pull_policy(container.image);
  round_amounts(container.resources.limits);
  round_amounts(container.resources.requests);
}

void set_volume_defaults(Volume& volume) {
  VolumeSource& source = volume.volumeSource;
  if (model::is_zero(model::type_info<VolumeSource>(), &source)) source.emptyDir.emplace();
  if (source.image && source.image->pullPolicy.empty()) {
    source.image->pullPolicy = pull_policy(source.image->reference);
  }
  if (source.ephemeral && source.ephemeral->volumeClaimTemplate) {
    auto& resources = source.ephemeral->volumeClaimTemplate->spec.resources;
    round_amounts(resources.limits);
    round_amounts(resources.requests);
  }
}

void set_requests_from_limits(std::vector<Container>& containers) {
  for (auto& container : containers) {
    auto& resources = container.resources;
    resources.requests.insert(resources.limits.begin(), resources.limits.end());
  }
}

void set_host_ports(std::vector<Container>& containers) {
  for (auto& container : containers) {
    for (auto& port : container.ports) {
      if (port.hostPort == 0) port.hostPort = port.containerPort;
    }
  }
}

// Writers that know only podIP and those that know only podIPs must be read alike; podIP wins when they
// differ.
void set_pod_addresses(PodStatus& status) {
  if (!status.podIP.empty() && (status.podIPs.empty() || status.podIPs.front().ip != status.podIP)) {
    status.podIPs = {PodIP{status.podIP}};
  } else if (status.podIP.empty() && !status.podIPs.empty()) {
    status.podIP = status.podIPs.front().ip;
  }
}

}  // namespace

void round_amounts(ResourceList& amounts) {
  for (auto& [name, amount] : amounts) {
    const auto rounded = model::Quantity::from_milli(amount.milli(), amount.format());
    // Amounts beyond the range of thousandths are whole already and would be capped.
    if (amount != rounded && amount != model::Quantity::from_units(amount.units(), amount.format()))
      amount = rounded;
  }
}

void set_pod_spec_defaults(PodSpec& spec) {
  for (auto& container : spec.initContainers) set_container_defaults(container);
  for (auto& container : spec.containers) set_container_defaults(container);
  for (auto& container : spec.ephemeralContainers) set_container_defaults(container.container);
  for (auto& volume : spec.volumes) set_volume_defaults(volume);
  round_amounts(spec.overhead);
  if (spec.resources) {
    round_amounts(spec.resources->limits);
    round_amounts(spec.resources->requests);
  }
  if (spec.serviceAccountName.empty()) spec.serviceAccountName = spec.serviceAccount;
  spec.serviceAccount = spec.serviceAccountName;
}

void set_defaults(Pod& pod) {
  set_pod_spec_defaults(pod.spec);
  // Only pods, not templates: otherwise an upgrade would change every template and start rollouts.
  set_requests_from_limits(pod.spec.containers);
  set_requests_from_limits(pod.spec.initContainers);
  if (!pod.spec.enableServiceLinks) pod.spec.enableServiceLinks = true;
  if (pod.spec.hostNetwork) {
    set_host_ports(pod.spec.containers);
    set_host_ports(pod.spec.initContainers);
  }
  set_pod_addresses(pod.status);
}

}  // namespace aloft::core::v1
