// Pods and their containers as series.
#include "telemetry/discovery/exporters/object_exporter.h"
#include "telemetry/discovery/exporters/object_labels.h"

namespace aloft::telemetry::discovery {
namespace {

using core::v1::ContainerStatus;
using core::v1::Pod;

LabelList pod_labels(const Pod& pod) {
  return with(identity("pod", pod.metadata), {{"uid", pod.metadata.uid}});
}

// "ReplicaSet" and its name; the one that controls the pod, or nothing.
const meta::v1::OwnerReference* controller_of(const Pod& pod) {
  for (const auto& owner : pod.metadata.ownerReferences) {
    if (owner.controller.value_or(false)) return &owner;
  }
  return nullptr;
}

void add_pod_info(Family& info, const Pod& pod) {
  const auto* owner = controller_of(pod);
  info.add(1,
           with(pod_labels(pod),
                {{"node", pod.spec.nodeName},
                 {"host_ip", pod.status.hostIP},
                 {"pod_ip", pod.status.podIP},
                 {"created_by_kind", owner != nullptr ? std::string_view(owner->kind) : std::string_view()},
                 {"created_by_name", owner != nullptr ? std::string_view(owner->name) : std::string_view()},
                 {"priority_class", pod.spec.priorityClassName},
                 {"host_network", pod.spec.hostNetwork ? "true" : "false"}}));
}

struct PodConditions {
  Family& ready;
  Family& scheduled;
  Family& initialized;
  Family& ready_time;
  Family& scheduled_time;
};

void add_pod_conditions(const PodConditions& families, const Pod& pod) {
  const LabelList labels = pod_labels(pod);
  for (const auto& condition : pod.status.conditions) {
    const auto states = [&](Family& family) {
      for (const auto& [known, shown] : {std::pair<std::string_view, std::string_view>{"True", "true"},
                                         {"False", "false"},
                                         {"Unknown", "unknown"}})
        family.add(condition.status == known ? 1 : 0, with(labels, {{"condition", shown}}));
    };
    const bool holds = condition.status == "True" && condition.lastTransitionTime.is_set();
    if (condition.type == "Ready") {
      states(families.ready);
      if (holds) families.ready_time.add(seconds_of(condition.lastTransitionTime), labels);
    } else if (condition.type == "PodScheduled") {
      states(families.scheduled);
      if (holds) families.scheduled_time.add(seconds_of(condition.lastTransitionTime), labels);
    } else if (condition.type == "Initialized" && holds) {
      families.initialized.add(seconds_of(condition.lastTransitionTime), labels);
    }
  }
}

struct ContainerFamilies {
  Family& info;
  Family& waiting;
  Family& waiting_reason;
  Family& running;
  Family& terminated;
  Family& terminated_reason;
  Family& last_reason;
  Family& last_exit_code;
  Family& last_time;
  Family& ready;
  Family& restarts;
  Family& started;
};

ContainerFamilies container_families(Families& out, const std::string& prefix) {
  const auto gauge = [&](std::string_view name, std::string help) -> Family& {
    return out.gauge(fmt::format("kube_pod_{}_{}", prefix, name), std::move(help));
  };
  return {gauge("info", "Information about a container in a pod."),
          gauge("status_waiting", "Describes whether the container is currently in waiting state."),
          gauge("status_waiting_reason", "Describes the reason the container is currently in waiting state."),
          gauge("status_running", "Describes whether the container is currently in running state."),
          gauge("status_terminated", "Describes whether the container is currently in terminated state."),
          gauge("status_terminated_reason",
                "Describes the reason the container is currently in terminated state."),
          gauge("status_last_terminated_reason",
                "Describes the last reason the container was in terminated state."),
          gauge("status_last_terminated_exitcode",
                "Describes the exit code for the last container in terminated state."),
          gauge("status_last_terminated_timestamp",
                "Last terminated time for a pod container in unix timestamp."),
          gauge("status_ready", "Describes whether the containers readiness check succeeded."),
          out.counter(fmt::format("kube_pod_{}_status_restarts_total", prefix),
                      "The number of container restarts per container."),
          gauge("state_started", "Start time in unix timestamp for a pod container.")};
}

void add_container(const ContainerFamilies& families, const Pod& pod, const ContainerStatus& status) {
  const LabelList labels = with(pod_labels(pod), {{"container", status.name}});
  std::string_view image_spec;
  for (const auto& container : pod.spec.containers) {
    if (container.name == status.name) image_spec = container.image;
  }
  families.info.add(1, with(labels, {{"image", status.image},
                                     {"image_id", status.imageID},
                                     {"image_spec", image_spec},
                                     {"container_id", status.containerID}}));
  families.waiting.add(status.state.waiting ? 1 : 0, labels);
  if (status.state.waiting && !status.state.waiting->reason.empty())
    families.waiting_reason.add(1, with(labels, {{"reason", status.state.waiting->reason}}));
  families.running.add(status.state.running ? 1 : 0, labels);
  if (status.state.running && status.state.running->startedAt.is_set())
    families.started.add(seconds_of(status.state.running->startedAt), labels);
  families.terminated.add(status.state.terminated ? 1 : 0, labels);
  if (status.state.terminated && !status.state.terminated->reason.empty())
    families.terminated_reason.add(1, with(labels, {{"reason", status.state.terminated->reason}}));
  if (status.lastState.terminated) {
    families.last_exit_code.add(status.lastState.terminated->exitCode, labels);
    if (status.lastState.terminated->finishedAt.is_set())
      families.last_time.add(seconds_of(status.lastState.terminated->finishedAt), labels);
    if (!status.lastState.terminated->reason.empty())
      families.last_reason.add(1, with(labels, {{"reason", status.lastState.terminated->reason}}));
  }
  families.ready.add(status.ready ? 1 : 0, labels);
  families.restarts.add(status.restartCount, labels);
}

void add_requests(Family& family, const Pod& pod, const core::v1::Container& container,
                  const core::v1::ResourceList& amounts) {
  for (const auto& [name, amount] : amounts) {
    const ResourceName resource = resource_name(name, amount);
    family.add(resource.value, with(pod_labels(pod), {{"container", container.name},
                                                      {"node", pod.spec.nodeName},
                                                      {"resource", resource.name},
                                                      {"unit", resource.unit}}));
  }
}

}  // namespace

void export_pods(Objects<Pod> pods, Families& out) {
  Family& info = out.gauge("kube_pod_info", "Information about pod.");
  Family& created = out.gauge("kube_pod_created", "Unix creation timestamp");
  Family& start = out.gauge("kube_pod_start_time", "Start time in unix timestamp for a pod.");
  Family& deletion = out.gauge("kube_pod_deletion_timestamp", "Unix deletion timestamp");
  Family& owner = out.gauge("kube_pod_owner", "Information about the Pod's owner.");
  Family& phase = out.gauge("kube_pod_status_phase", "The pods current phase.");
  Family& reason = out.gauge("kube_pod_status_reason", "The pod status reasons");
  Family& qos = out.gauge("kube_pod_status_qos_class", "The pods current qosClass.");
  Family& restart = out.gauge("kube_pod_restart_policy", "Describes the restart policy in use by this pod.");
  const PodConditions conditions{
      out.gauge("kube_pod_status_ready", "Describes whether the pod is ready to serve requests."),
      out.gauge("kube_pod_status_scheduled", "Describes the status of the scheduling process for the pod."),
      out.gauge("kube_pod_status_initialized_time", "Initialized time in unix timestamp for a pod."),
      out.gauge("kube_pod_status_ready_time", "Readiness achieved time in unix timestamp for a pod."),
      out.gauge("kube_pod_status_scheduled_time", "Unix timestamp when pod moved into scheduled status")};
  for (const auto& pod : pods) {
    const LabelList labels = pod_labels(*pod);
    add_pod_info(info, *pod);
    created.add(seconds_of(pod->metadata.creationTimestamp), labels);
    if (pod->status.startTime) start.add(seconds_of(*pod->status.startTime), labels);
    if (pod->metadata.deletionTimestamp) deletion.add(seconds_of(*pod->metadata.deletionTimestamp), labels);
    add_owners(owner, labels, pod->metadata);
    for (const std::string_view known : {"Pending", "Succeeded", "Failed", "Unknown", "Running"})
      phase.add(pod->status.phase == known ? 1 : 0, with(labels, {{"phase", known}}));
    for (const std::string_view known :
         {"Evicted", "NodeAffinity", "NodeLost", "Shutdown", "UnexpectedAdmissionError"})
      reason.add(pod->status.reason == known ? 1 : 0, with(labels, {{"reason", known}}));
    if (!pod->status.qosClass.empty()) qos.add(1, with(labels, {{"qos_class", pod->status.qosClass}}));
    restart.add(1, with(labels, {{"type", pod->spec.restartPolicy}}));
    add_pod_conditions(conditions, *pod);
  }
}

void export_containers(Objects<Pod> pods, Families& out) {
  const ContainerFamilies containers = container_families(out, "container");
  const ContainerFamilies initial = container_families(out, "init_container");
  Family& requests = out.gauge("kube_pod_container_resource_requests",
                               "The number of requested request resource by a container.");
  Family& limits = out.gauge("kube_pod_container_resource_limits",
                             "The number of requested limit resource by a container.");
  Family& initial_requests = out.gauge("kube_pod_init_container_resource_requests",
                                       "The number of requested request resource by an init container.");
  Family& initial_limits = out.gauge("kube_pod_init_container_resource_limits",
                                     "The number of requested limit resource by an init container.");
  for (const auto& pod : pods) {
    for (const auto& status : pod->status.containerStatuses) add_container(containers, *pod, status);
    for (const auto& status : pod->status.initContainerStatuses) add_container(initial, *pod, status);
    for (const auto& container : pod->spec.containers) {
      add_requests(requests, *pod, container, container.resources.requests);
      add_requests(limits, *pod, container, container.resources.limits);
    }
    for (const auto& container : pod->spec.initContainers) {
      add_requests(initial_requests, *pod, container, container.resources.requests);
      add_requests(initial_limits, *pod, container, container.resources.limits);
    }
  }
}

}  // namespace aloft::telemetry::discovery
