// Pods: what a pod gets from its namespace and priority class when it is made, and who may change what later.
#include "api/registry.h"
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "api/status.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/pod_qos.h"
#include "model/kinds/core/v1/service_account.h"
#include "model/kinds/scheduling/v1/priority_class.h"

namespace aloft::api {
namespace {

using core::v1::Pod;
using core::v1::Toleration;

constexpr std::string_view token_mount_path = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::int64_t token_lifetime_seconds =
    3607;  // an hour, and a little that shows where a token came from
constexpr std::int64_t node_loss_toleration_seconds = 300;

void prepare_new_pod(void* object) {
  Pod& pod = *static_cast<Pod*>(object);
  pod.status = {};
  pod.status.phase = "Pending";
  pod.status.qosClass = core::v1::qos_class(pod.spec);
  pod.spec.ephemeralContainers.clear();
  if (pod.spec.schedulingGates.empty()) return;
  core::v1::PodCondition held;
  held.type = "PodScheduled";
  held.status = "False";
  held.reason = "SchedulingGated";
  held.message = "Scheduling is blocked due to non-empty scheduling gates";
  pod.status.conditions.push_back(std::move(held));
}

void keep_pod_status(void* next, const void* old) { keep_status<Pod>(next, old); }

// The agent writes status and, beside it, may not touch the rest but labels and annotations.
void keep_pod_spec(void* next, const void* old) {
  Pod& pod = *static_cast<Pod*>(next);
  const Pod& before = *static_cast<const Pod*>(old);
  copy_member(before.spec, pod.spec);
  pod.metadata.ownerReferences = before.metadata.ownerReferences;
  if (pod.status.qosClass.empty()) pod.status.qosClass = before.status.qosClass;
}

// `ephemeralcontainers` adds containers to a running pod and changes nothing else.
void keep_all_but_ephemeral_containers(void* next, const void* old) {
  Pod& pod = *static_cast<Pod*>(next);
  auto containers = std::move(pod.spec.ephemeralContainers);
  const std::string revision = pod.metadata.resourceVersion;
  copy_member(*static_cast<const Pod*>(old), pod);
  pod.metadata.resourceVersion = revision;
  pod.spec.ephemeralContainers = std::move(containers);
}

// How long a pod has to end: its own time, none when it never ran or has ended.
std::optional<std::int64_t> grace_of(const void* object) {
  const Pod& pod = *static_cast<const Pod*>(object);
  if (pod.spec.nodeName.empty() || pod.status.phase == "Succeeded" || pod.status.phase == "Failed") return 0;
  return pod.spec.terminationGracePeriodSeconds.value_or(30);
}

void add_default_tolerations(Pod& pod) {
  for (const std::string_view key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    const bool has = std::ranges::any_of(pod.spec.tolerations, [key](const Toleration& t) {
      return (t.key == key || t.key.empty()) && (t.effect == "NoExecute" || t.effect.empty());
    });
    if (has) continue;
    Toleration toleration;
    toleration.key = key;
    toleration.operator_ = "Exists";
    toleration.effect = "NoExecute";
    toleration.tolerationSeconds = node_loss_toleration_seconds;
    pod.spec.tolerations.push_back(std::move(toleration));
  }
}

Result<> set_priority(RuleContext& rules, Pod& pod) {
  using scheduling::v1::PriorityClass;
  const Resource& classes = *rules.registry.resources().of_kind(model::type_info<PriorityClass>());
  std::optional<PriorityClass> chosen;
  if (!pod.spec.priorityClassName.empty()) {
    auto found = rules.registry.get_as<PriorityClass>("", pod.spec.priorityClassName);
    if (!found) {
      return fail(
          forbidden("", "pods", pod.metadata.name,
                    fmt::format("no PriorityClass with name {} was found", pod.spec.priorityClassName)));
    }
    chosen = **found;
  } else {
    TRY(listed, rules.registry.list(classes, ListQuery{}));
    for (const store::Entry& entry : listed.entries) {
      // False is not written, so that few are worth reading.
      if (!entry.value.view().contains("\"globalDefault\":true")) continue;
      TRY(candidate, model::from_json<PriorityClass>(entry.value.view()));
      if (candidate.globalDefault) chosen = std::move(candidate);
    }
    if (chosen) pod.spec.priorityClassName = chosen->metadata.name;
  }
  const std::int32_t priority = chosen ? chosen->value : 0;
  if (pod.spec.priority && *pod.spec.priority != priority) {
    return fail(forbidden("", "pods", pod.metadata.name,
                          fmt::format("the integer value of priority ({}) must not be provided in pod spec; "
                                      "priority admission controller "
                                      "computed {} from the given PriorityClass name",
                                      *pod.spec.priority, priority)));
  }
  pod.spec.priority = priority;
  if (!pod.spec.preemptionPolicy) {
    pod.spec.preemptionPolicy =
        chosen && chosen->preemptionPolicy ? *chosen->preemptionPolicy : "PreemptLowerPriority";
  }
  return {};
}

core::v1::Volume token_volume(Random& random) {
  core::v1::Volume volume;
  volume.name = "kube-api-access-" + make_name_suffix(random, 5);
  auto& projected = volume.volumeSource.projected.emplace();
  projected.defaultMode = 0644;
  core::v1::VolumeProjection token;
  auto& source = token.serviceAccountToken.emplace();
  source.expirationSeconds = token_lifetime_seconds;
  source.path = "token";
  core::v1::VolumeProjection authority;
  auto& map = authority.configMap.emplace();
  map.localObjectReference.name = "kube-root-ca.crt";
  map.items.resize(1);
  map.items[0].key = map.items[0].path = "ca.crt";
  core::v1::VolumeProjection ns;
  auto& downward = ns.downwardAPI.emplace();
  downward.items.resize(1);
  downward.items[0].path = "namespace";
  auto& field = downward.items[0].fieldRef.emplace();
  field.apiVersion = "v1";
  field.fieldPath = "metadata.namespace";
  projected.sources.push_back(std::move(token));
  projected.sources.push_back(std::move(authority));
  projected.sources.push_back(std::move(ns));
  return volume;
}

template <class Containers>
bool mount_token(Containers& containers, const std::string& volume) {
  bool any = false;
  for (auto& container : containers) {
    const bool has = std::ranges::any_of(container.volumeMounts,
                                         [](const auto& m) { return m.mountPath == token_mount_path; });
    if (has) continue;
    core::v1::VolumeMount mount;
    mount.name = volume;
    mount.readOnly = true;
    mount.mountPath = token_mount_path;
    container.volumeMounts.push_back(std::move(mount));
    any = true;
  }
  return any;
}

// The account a pod acts as, and its token where a container does not mount something else there.
Result<> use_service_account(RuleContext& rules, Pod& pod) {
  // Pods that an agent made by itself only mirror what runs already.
  if (pod.metadata.annotations.contains("kubernetes.io/config.mirror")) return {};
  if (pod.spec.serviceAccountName.empty()) {
    pod.spec.serviceAccountName = pod.spec.serviceAccount.empty() ? "default" : pod.spec.serviceAccount;
  }
  pod.spec.serviceAccount = pod.spec.serviceAccountName;
  auto account =
      rules.registry.get_as<core::v1::ServiceAccount>(pod.metadata.namespace_, pod.spec.serviceAccountName);
  if (!account) {
    Error error = forbidden(
        "", "pods", pod.metadata.name,
        fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" not found",
                    pod.metadata.namespace_, pod.spec.serviceAccountName, pod.spec.serviceAccountName));
    return fail(std::move(error));
  }
  if (pod.spec.imagePullSecrets.empty()) pod.spec.imagePullSecrets = (*account)->imagePullSecrets;
  const bool mounts =
      pod.spec.automountServiceAccountToken.value_or((*account)->automountServiceAccountToken.value_or(true));
  if (!mounts) return {};
  core::v1::Volume volume = token_volume(rules.registry.random());
  bool any = mount_token(pod.spec.initContainers, volume.name);
  any = mount_token(pod.spec.containers, volume.name) || any;
  if (any) pod.spec.volumes.push_back(std::move(volume));
  return {};
}

// Nodes have one runtime. A pod that asks for another one, to be kept apart from others, must not run
// unnoticed in the usual one.
Result<> refuse_runtime_class(const Pod& pod) {
  const std::string name = pod.spec.runtimeClassName.value_or("");
  if (name.empty()) return {};
  return fail(forbidden("", "pods", pod.metadata.name,
                        fmt::format("pod rejected: RuntimeClass \"{}\" not found", name)));
}

Result<> admit_new(RuleContext& rules, void* object) {
  Pod& pod = *static_cast<Pod*>(object);
  TRY_DO(refuse_runtime_class(pod));
  TRY_DO(use_service_account(rules, pod));
  TRY_DO(set_priority(rules, pod));
  add_default_tolerations(pod);
  pod.status.qosClass = core::v1::qos_class(pod.spec);
  return {};
}

}  // namespace

std::unique_ptr<Resource> pods(const ResourceServices& with) {
  auto resource = make_resource(model::type_info<Pod>(), with);
  resource->prepare_create = &prepare_new_pod;
  resource->prepare_update = &keep_pod_status;
  resource->admit_create = &admit_new;
  resource->default_grace = &grace_of;
  resource->returns_deleted_object = true;
  ObjectSubresource status;
  status.name = "status";
  status.keep_the_rest = &keep_pod_spec;
  resource->subresources.push_back(std::move(status));
  ObjectSubresource ephemeral;
  ephemeral.name = "ephemeralcontainers";
  ephemeral.keep_the_rest = &keep_all_but_ephemeral_containers;
  resource->subresources.push_back(std::move(ephemeral));
  resource->actions = {"attach", "binding", "eviction", "exec", "log", "portforward", "proxy"};
  return resource;
}

}  // namespace aloft::api
