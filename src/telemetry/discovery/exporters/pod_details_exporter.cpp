// What pods say of themselves beyond their state: addresses, tolerations, claims, and the times of their end.
#include <algorithm>

#include "telemetry/discovery/exporters/object_exporter.h"
#include "telemetry/discovery/exporters/object_labels.h"

namespace aloft::telemetry::discovery {
namespace {

using core::v1::Pod;

LabelList labels_of(const Pod& pod) {
  return with(identity("pod", pod.metadata), {{"uid", pod.metadata.uid}});
}

// Of the container that ended last; 0 when none has.
double completion_of(const Pod& pod) {
  double last = 0;
  for (const auto& status : pod.status.containerStatuses) {
    if (status.state.terminated && status.state.terminated->finishedAt.is_set())
      last = std::max(last, seconds_of(status.state.terminated->finishedAt));
  }
  return last;
}

void add_conditions(Families& out, Objects<Pod> pods) {
  Family& ready = out.gauge("kube_pod_status_container_ready_time",
                            "Readiness achieved time in unix timestamp for a pod containers.");
  Family& unschedulable =
      out.gauge("kube_pod_status_unschedulable", "Describes the unschedulable status for the pod.");
  Family& since =
      out.gauge("kube_pod_status_unscheduled_time", "Unix timestamp when pod moved into unscheduled status");
  for (const auto& pod : pods) {
    for (const auto& condition : pod->status.conditions) {
      const bool timed = condition.lastTransitionTime.is_set();
      if (condition.type == "ContainersReady" && condition.status == "True" && timed)
        ready.add(seconds_of(condition.lastTransitionTime), labels_of(*pod));
      if (condition.type != "PodScheduled" || condition.status != "False") continue;
      unschedulable.add(1, labels_of(*pod));
      if (timed) since.add(seconds_of(condition.lastTransitionTime), labels_of(*pod));
    }
  }
}

void add_overhead(Families& out, Objects<Pod> pods) {
  Family& cpu = out.gauge("kube_pod_overhead_cpu_cores",
                          "The pod overhead in regards to cpu cores associated with running a pod.");
  Family& memory = out.gauge("kube_pod_overhead_memory_bytes",
                             "The pod overhead in regards to memory associated with running a pod.");
  Family& runtime = out.gauge("kube_pod_runtimeclass_name_info", "The runtimeclass associated with the pod.");
  for (const auto& pod : pods) {
    for (const auto& [name, amount] : pod->spec.overhead) {
      if (name == "cpu") cpu.add(resource_name(name, amount).value, labels_of(*pod));
      if (name == "memory") memory.add(resource_name(name, amount).value, labels_of(*pod));
    }
    if (pod->spec.runtimeClassName)
      runtime.add(1, with(labels_of(*pod), {{"runtimeclass_name", *pod->spec.runtimeClassName}}));
  }
}

void add_claims(Families& out, Objects<Pod> pods) {
  Family& info = out.gauge("kube_pod_spec_volumes_persistentvolumeclaims_info",
                           "Information about persistentvolumeclaim volumes in a pod.");
  Family& read_only = out.gauge("kube_pod_spec_volumes_persistentvolumeclaims_readonly",
                                "Describes whether a persistentvolumeclaim is mounted read only.");
  for (const auto& pod : pods) {
    for (const auto& volume : pod->spec.volumes) {
      const auto& claim = volume.volumeSource.persistentVolumeClaim;
      if (!claim) continue;
      const LabelList labels =
          with(labels_of(*pod), {{"volume", volume.name}, {"persistentvolumeclaim", claim->claimName}});
      info.add(1, labels);
      read_only.add(claim->readOnly ? 1 : 0, labels);
    }
  }
}

}  // namespace

void export_pod_details(Objects<Pod> pods, Families& out) {
  Family& ips = out.gauge("kube_pod_ips", "Pod IP addresses");
  Family& completed = out.gauge("kube_pod_completion_time", "Completion time in unix timestamp for a pod.");
  Family& account = out.gauge("kube_pod_service_account", "The service account for a pod.");
  Family& scheduler = out.gauge("kube_pod_scheduler", "The scheduler for a pod.");
  Family& tolerations = out.gauge("kube_pod_tolerations", "Information about the pod tolerations");
  for (const auto& pod : pods) {
    const LabelList labels = labels_of(*pod);
    for (const auto& one : pod->status.podIPs) {
      const bool six = one.ip.find(':') != std::string::npos;
      ips.add(1, with(labels, {{"ip", one.ip}, {"ip_family", six ? "6" : "4"}}));
    }
    if (const double end = completion_of(*pod); end > 0) completed.add(end, labels);
    account.add(1, with(labels, {{"service_account", pod->spec.serviceAccountName}}));
    scheduler.add(1, with(labels, {{"name", pod->spec.schedulerName}}));
    for (const auto& one : pod->spec.tolerations) {
      const std::string seconds = one.tolerationSeconds ? std::to_string(*one.tolerationSeconds) : "";
      tolerations.add(1, with(labels, {{"key", one.key},
                                       {"operator", one.operator_},
                                       {"value", one.value},
                                       {"effect", one.effect},
                                       {"toleration_seconds", seconds}}));
    }
  }
  add_conditions(out, pods);
  add_overhead(out, pods);
  add_claims(out, pods);
}

}  // namespace aloft::telemetry::discovery
