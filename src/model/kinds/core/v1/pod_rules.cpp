// Rules for pods: new ones, and what may change in one that exists.
#include <limits>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/core/v1/binding.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::size_t changes_shown_max = 10;

// The places where two documents differ, one line each, for people who ask what they have changed.
void list_changes(const model::Value& old, const model::Value& now, const std::string& path,
                  std::vector<std::string>& out) {
  if (old == now || out.size() >= changes_shown_max) return;
  if (old.is_object() && now.is_object()) {
    for (const auto& [key, value] : old.as_object()) {
      const auto* other = now.at(key);
      list_changes(value, other != nullptr ? *other : model::Value(), path + "." + key, out);
    }
    for (const auto& [key, value] : now.as_object()) {
      if (old.at(key) == nullptr) list_changes(model::Value(), value, path + "." + key, out);
    }
    return;
  }
  if (old.is_array() && now.is_array() && old.as_array().size() == now.as_array().size()) {
    for (std::size_t i = 0; i < old.as_array().size(); ++i) {
      list_changes(old.as_array()[i], now.as_array()[i], fmt::format("{}[{}]", path, i), out);
    }
    return;
  }
  out.push_back(fmt::format("{}: {} -> {}", path, model::to_json(old), model::to_json(now)));
}

std::string changes_text(const PodSpec& old, const PodSpec& now) {
  std::vector<std::string> lines;
  list_changes(model::to_value(old), model::to_value(now), "spec", lines);
  std::string out;
  for (const auto& line : lines) out.append("  ").append(line).append("\n");
  return out;
}

// False when containers were added or removed: then nothing else can be compared.
bool validate_same_containers(const std::vector<Container>& now, const std::vector<Container>& old,
                              const FieldPath& path, FieldErrors& errors) {
  if (now.size() == old.size()) return true;
  errors.forbidden(path, "pod updates may not add or remove containers");
  return false;
}

// May be set, and shortened after that; false when it is wrong enough to stop.
bool validate_deadline(const PodSpec& now, const PodSpec& old, const FieldPath& path, FieldErrors& errors) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (!now.activeDeadlineSeconds) {
    if (old.activeDeadlineSeconds) {
      errors.invalid(path, "null", "must not update from a positive integer to nil value");
    }
    return true;
  }
  const std::int64_t seconds = *now.activeDeadlineSeconds;
  if (seconds < 0 || seconds > most) {
    model::expect_range(errors, path, seconds, 0, most);
    return false;
  }
  if (old.activeDeadlineSeconds && *old.activeDeadlineSeconds < seconds) {
    errors.invalid_int(path, seconds, "must be less than or equal to previous value");
    return false;
  }
  return true;
}

void validate_kept_tolerations(const PodSpec& now, const PodSpec& old, const FieldPath& path,
                               FieldErrors& errors) {
  for (Toleration kept : old.tolerations) {
    const bool found =
        std::any_of(now.tolerations.begin(), now.tolerations.end(), [&](const Toleration& other) {
          kept.tolerationSeconds = other.tolerationSeconds;
          return kept == other;
        });
    if (!found) {
      return errors.forbidden(path, "existing toleration can not be modified except its tolerationSeconds");
    }
  }
}

void validate_removed_gates(const PodSpec& now, const PodSpec& old, const FieldPath& path,
                            FieldErrors& errors) {
  for (std::size_t i = 0; i < now.schedulingGates.size(); ++i) {
    const auto& gate = now.schedulingGates[i];
    if (std::find(old.schedulingGates.begin(), old.schedulingGates.end(), gate) != old.schedulingGates.end())
      continue;
    const FieldPath at = path.index(i);
    errors.forbidden(at.child("name"),
                     fmt::format("only deletion is allowed, but found new scheduling gate '{}'", gate.name));
  }
}

bool only_adds(const NodeSelectorTerm& now, const NodeSelectorTerm& old) {
  const auto begins_with = [](const auto& list, const auto& beginning) {
    return list.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), list.begin());
  };
  const bool was_empty = old.matchExpressions.empty() && old.matchFields.empty();
  if (was_empty) return now.matchExpressions.empty() && now.matchFields.empty();
  return begins_with(now.matchExpressions, old.matchExpressions) &&
         begins_with(now.matchFields, old.matchFields);
}

void validate_narrowed_affinity(const model::Box<NodeAffinity>& now, const model::Box<NodeAffinity>& old,
                                const FieldPath& path, FieldErrors& errors) {
  if (!old || !old->requiredDuringSchedulingIgnoredDuringExecution) return;
  const auto& before = old->requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
  std::vector<NodeSelectorTerm> after;
  if (now && now->requiredDuringSchedulingIgnoredDuringExecution) {
    after = now->requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
  }
  const FieldPath needed = path.child("requiredDuringSchedulingIgnoredDuringExecution");
  const FieldPath terms = needed.child("nodeSelectorTerms");
  if (!before.empty() && before.size() != after.size()) {
    return errors.invalid(terms, model::to_json(model::to_value(after)),
                          "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (only_adds(after[i], before[i])) continue;
    errors.invalid(terms.index(i), model::to_json(after[i]),
                   "only additions are allowed (no mutations or deletions)");
  }
}

// A pod that nobody schedules yet may still be narrowed to fewer nodes. What was allowed is undone in
// `masked`.
void mask_gated_changes(PodSpec& masked, const PodSpec& old, const FieldPath& path, FieldErrors& errors) {
  if (old.schedulingGates.empty()) return;
  for (const auto& [key, value] : old.nodeSelector) {
    const auto found = masked.nodeSelector.find(key);
    if (found != masked.nodeSelector.end() && found->second == value) continue;
    errors.invalid(path.child("nodeSelector"), model::map_text(masked.nodeSelector),
                   "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
    break;
  }
  masked.nodeSelector = old.nodeSelector;
  const model::Box<NodeAffinity> none;
  const auto& before = old.affinity ? old.affinity->nodeAffinity : none;
  const auto& after = masked.affinity ? masked.affinity->nodeAffinity : none;
  if (before == after) return;
  const FieldPath affinity = path.child("affinity");
  validate_narrowed_affinity(after, before, affinity.child("nodeAffinity"), errors);
  if (!masked.affinity) masked.affinity.emplace();
  masked.affinity->nodeAffinity = before;
  if (!old.affinity && *masked.affinity == Affinity()) masked.affinity.reset();
}

void validate_spec_update(const PodSpec& now, const PodSpec& old, const FieldPath& path,
                          FieldErrors& errors) {
  if (!validate_same_containers(now.containers, old.containers, path.child("containers"), errors)) return;
  if (!validate_same_containers(now.initContainers, old.initContainers, path.child("initContainers"), errors))
    return;
  if (!validate_deadline(now, old, path.child("activeDeadlineSeconds"), errors)) return;
  validate_kept_tolerations(now, old, path.child("tolerations"), errors);
  validate_removed_gates(now, old, path.child("schedulingGates"), errors);
  if (now == old) return;
  PodSpec masked = now;
  for (std::size_t i = 0; i < masked.containers.size(); ++i)
    masked.containers[i].image = old.containers[i].image;
  for (std::size_t i = 0; i < masked.initContainers.size(); ++i) {
    masked.initContainers[i].image = old.initContainers[i].image;
  }
  masked.activeDeadlineSeconds = old.activeDeadlineSeconds;
  masked.schedulingGates = old.schedulingGates;
  masked.tolerations = old.tolerations;
  masked.ephemeralContainers = old.ephemeralContainers;
  if (old.terminationGracePeriodSeconds.value_or(0) < 0 && masked.terminationGracePeriodSeconds == 1) {
    masked.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  mask_gated_changes(masked, old, path, errors);
  if (masked == old) return;
  errors.forbidden(
      path,
      "pod updates may not change fields other than `spec.containers[*].image`,"
      "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
      "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
      "previously negative)\n" +
          changes_text(old, masked));
}

void validate_ephemeral_update(const PodSpec& now, const PodSpec& old, const FieldPath& path,
                               FieldErrors& errors) {
  for (const auto& before : old.ephemeralContainers) {
    const auto after = std::find_if(
        now.ephemeralContainers.begin(), now.ephemeralContainers.end(),
        [&](const EphemeralContainer& other) { return other.container.name == before.container.name; });
    const std::string name = go_quote(before.container.name);
    if (after == now.ephemeralContainers.end()) {
      errors.forbidden(path, fmt::format("existing ephemeral containers {} may not be removed\n", name));
    } else if (*after != before) {
      errors.forbidden(path, fmt::format("existing ephemeral containers {} may not be changed\n", name));
    }
  }
}

void validate_annotation_updates(const Pod& now, const Pod& old, FieldErrors& errors) {
  constexpr std::string_view app_armor = "container.apparmor.security.beta.kubernetes.io/";
  constexpr std::string_view mirror = "kubernetes.io/config.mirror";
  const FieldPath metadata("metadata");
  const FieldPath path = metadata.child("annotations");
  const auto& after = now.metadata.annotations;
  const auto& before = old.metadata.annotations;
  for (const auto& [key, value] : before) {
    const auto found = after.find(key);
    if (found != after.end() && found->second == value) continue;
    if (key.starts_with(app_armor))
      errors.forbidden(path.key(key), "may not remove or update AppArmor annotations");
    if (key == mirror) errors.forbidden(path.key(key), "may not remove or update mirror pod annotation");
  }
  for (const auto& [key, value] : after) {
    if (before.contains(key)) continue;
    if (key.starts_with(app_armor)) errors.forbidden(path.key(key), "may not add AppArmor annotations");
    if (key == mirror) errors.forbidden(path.key(key), "may not add mirror pod annotation");
  }
}

// What has ended for good cannot run again.
void validate_transitions(const std::vector<ContainerStatus>& now, const std::vector<ContainerStatus>& old,
                          const PodSpec& spec, std::string_view restart_policy, const FieldPath& path,
                          FieldErrors& errors) {
  if (restart_policy == "Always") return;
  for (std::size_t i = 0; i < old.size(); ++i) {
    const auto& ended = old[i].state.terminated;
    if (!ended || (ended->exitCode != 0 && restart_policy == "OnFailure")) continue;
    const bool sidecar =
        std::any_of(spec.initContainers.begin(), spec.initContainers.end(),
                    [&](const Container& c) { return c.name == old[i].name && c.restartPolicy == "Always"; });
    if (sidecar) continue;
    for (const auto& status : now) {
      if (status.name != old[i].name || status.state.terminated) continue;
      const FieldPath at = path.index(i);
      errors.forbidden(at.child("state"), "may not be transitioned to non-terminated state");
    }
  }
}

template <class Address>
void validate_addresses(const std::vector<Address>& addresses, const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    model::expect_ip(errors, path.index(i), addresses[i].ip);
    if (!seen.insert(addresses[i].ip).second) errors.duplicate(path.index(i), addresses[i].ip);
  }
  if (addresses.size() > 2 ||
      (addresses.size() == 2 && !model::are_dual_stack(addresses[0].ip, addresses[1].ip))) {
    std::vector<std::string> all;
    all.reserve(addresses.size());
    for (const auto& address : addresses) all.push_back(address.ip);
    errors.invalid(path, model::list_text(all), "may specify no more than one IP for each IP family");
  }
}

void validate_status_update(const Pod& now, const Pod& old, FieldErrors& errors) {
  const FieldPath path("status");
  const PodStatus& status = now.status;
  if (status == old.status) return;
  const FieldPath conditions = path.child("conditions");
  for (std::size_t i = 0; i < status.conditions.size(); ++i) {
    const FieldPath at = conditions.index(i);
    model::expect_qualified_name(errors, at.child("Type"), status.conditions[i].type);
  }
  if (status.nominatedNodeName != old.status.nominatedNodeName && !status.nominatedNodeName.empty()) {
    model::expect_dns_subdomain(errors, path.child("nominatedNodeName"), status.nominatedNodeName);
  }
  validate_transitions(status.containerStatuses, old.status.containerStatuses, old.spec,
                       old.spec.restartPolicy, path.child("containerStatuses"), errors);
  validate_transitions(status.initContainerStatuses, old.status.initContainerStatuses, old.spec,
                       old.spec.restartPolicy, path.child("initContainerStatuses"), errors);
  validate_transitions(status.ephemeralContainerStatuses, old.status.ephemeralContainerStatuses, old.spec,
                       "Never", path.child("ephemeralContainerStatuses"), errors);
  const FieldPath claims = path.child("resourceClaimStatuses");
  for (std::size_t i = 0; i < status.resourceClaimStatuses.size(); ++i) {
    const std::string& name = status.resourceClaimStatuses[i].name;
    const auto& known = now.spec.resourceClaims;
    if (std::any_of(known.begin(), known.end(), [&](const auto& claim) { return claim.name == name; }))
      continue;
    const FieldPath at = claims.index(i);
    errors.invalid_string(at.child("name"), name, "must match the name of an entry in `spec.resourceClaims`");
  }
  validate_addresses(status.podIPs, path.child("podIPs"), errors);
  const FieldPath host_ips = path.child("hostIPs");
  if (!status.hostIPs.empty() && status.hostIPs.front().ip != status.hostIP) {
    const FieldPath first = host_ips.index(0);
    errors.invalid_string(first.child("ip"), status.hostIPs.front().ip, "must be equal to `hostIP`");
  }
  validate_addresses(status.hostIPs, host_ips, errors);
}

}  // namespace

void validate(const Pod& pod, FieldErrors& errors) {
  const FieldPath metadata("metadata");
  validate_pod_annotations(pod.metadata.annotations, pod.spec, metadata.child("annotations"), errors);
  const FieldPath path("spec");
  validate_pod_spec(pod.spec, &pod.metadata, path, errors);
  if (!pod.spec.serviceAccountName.empty()) return;
  const FieldPath volumes = path.child("volumes");
  for (std::size_t i = 0; i < pod.spec.volumes.size(); ++i) {
    const auto& projected = pod.spec.volumes[i].volumeSource.projected;
    if (!projected) continue;
    const FieldPath volume = volumes.index(i);
    const FieldPath source = volume.child("projected");
    const FieldPath sources = source.child("sources");
    for (std::size_t j = 0; j < projected->sources.size(); ++j) {
      if (!projected->sources[j].serviceAccountToken) continue;
      const FieldPath at = sources.index(j);
      errors.forbidden(at.child("serviceAccountToken"),
                       "must not be specified when serviceAccountName is not set");
    }
  }
}

void validate_create(const Pod& pod, FieldErrors& errors) {
  const FieldPath path("spec");
  if (!pod.spec.ephemeralContainers.empty()) {
    errors.forbidden(path.child("ephemeralContainers"), "cannot be set on create");
  }
  if (!pod.spec.nodeName.empty() && !pod.spec.schedulingGates.empty()) {
    errors.forbidden(path.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
  }
}

void validate_update(const Pod& pod, const Pod& old, FieldErrors& errors) {
  const FieldPath path("spec");
  validate_annotation_updates(pod, old, errors);
  validate_spec_update(pod.spec, old.spec, path, errors);
  validate_ephemeral_update(pod.spec, old.spec, path.child("ephemeralContainers"), errors);
  validate_status_update(pod, old, errors);
}

void validate(const Binding& binding, FieldErrors& errors) {
  const FieldPath target("target");
  if (!binding.target.kind.empty() && binding.target.kind != "Node") {
    errors.not_supported(target.child("kind"), binding.target.kind, {"Node", "<empty>"});
  }
  model::require(errors, target.child("name"), binding.target.name);
}

}  // namespace aloft::core::v1
