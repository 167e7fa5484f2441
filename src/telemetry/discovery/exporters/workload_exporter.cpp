// Deployments and replica sets as series.
#include "telemetry/discovery/exporters/object_exporter.h"
#include "telemetry/discovery/exporters/object_labels.h"

namespace aloft::telemetry::discovery {

void export_deployments(Objects<apps::v1::Deployment> deployments, Families& out) {
  Family& created = out.gauge("kube_deployment_created", "Unix creation timestamp");
  Family& replicas = out.gauge("kube_deployment_status_replicas", "The number of replicas per deployment.");
  Family& ready =
      out.gauge("kube_deployment_status_replicas_ready", "The number of ready replicas per deployment.");
  Family& available = out.gauge("kube_deployment_status_replicas_available",
                                "The number of available replicas per deployment.");
  Family& unavailable = out.gauge("kube_deployment_status_replicas_unavailable",
                                  "The number of unavailable replicas per deployment.");
  Family& updated =
      out.gauge("kube_deployment_status_replicas_updated", "The number of updated replicas per deployment.");
  Family& observed = out.gauge("kube_deployment_status_observed_generation",
                               "The generation observed by the deployment controller.");
  Family& condition =
      out.gauge("kube_deployment_status_condition", "The current status conditions of a deployment.");
  Family& wanted = out.gauge("kube_deployment_spec_replicas", "Number of desired pods for a deployment.");
  Family& paused =
      out.gauge("kube_deployment_spec_paused",
                "Whether the deployment is paused and will not be processed by the deployment controller.");
  Family& most_unavailable =
      out.gauge("kube_deployment_spec_strategy_rollingupdate_max_unavailable",
                "Maximum number of unavailable replicas during a rolling update of a deployment.");
  Family& surge = out.gauge("kube_deployment_spec_strategy_rollingupdate_max_surge",
                            "Maximum number of replicas that can be scheduled above the desired number of "
                            "replicas during a rolling update of a deployment.");
  Family& generation = out.gauge("kube_deployment_metadata_generation",
                                 "Sequence number representing a specific generation of the desired state.");
  Family& deletion = out.gauge("kube_deployment_deletion_timestamp", "Unix deletion timestamp");
  for (const auto& one : deployments) {
    const LabelList labels = identity("deployment", one->metadata);
    const auto& status = one->status;
    const std::int32_t desired = one->spec.replicas.value_or(1);
    created.add(seconds_of(one->metadata.creationTimestamp), labels);
    replicas.add(status.replicas, labels);
    ready.add(status.readyReplicas, labels);
    available.add(status.availableReplicas, labels);
    unavailable.add(status.unavailableReplicas, labels);
    updated.add(status.updatedReplicas, labels);
    observed.add(static_cast<double>(status.observedGeneration), labels);
    for (const auto& each : status.conditions)
      add_condition(condition, with(labels, {{"reason", each.reason}}), each.type, each.status);
    if (one->metadata.deletionTimestamp) deletion.add(seconds_of(*one->metadata.deletionTimestamp), labels);
    wanted.add(desired, labels);
    paused.add(one->spec.paused ? 1 : 0, labels);
    generation.add(static_cast<double>(one->metadata.generation), labels);
    if (!one->spec.strategy.rollingUpdate) continue;
    using Rounding = model::IntOrString::Rounding;
    if (const auto& limit = one->spec.strategy.rollingUpdate->maxUnavailable) {
      if (const auto count = limit->scaled(desired, Rounding::down))
        most_unavailable.add(static_cast<double>(*count), labels);
    }
    if (const auto& limit = one->spec.strategy.rollingUpdate->maxSurge) {
      if (const auto count = limit->scaled(desired, Rounding::up))
        surge.add(static_cast<double>(*count), labels);
    }
  }
}

void export_replica_sets(Objects<apps::v1::ReplicaSet> replica_sets, Families& out) {
  Family& created = out.gauge("kube_replicaset_created", "Unix creation timestamp");
  Family& replicas = out.gauge("kube_replicaset_status_replicas", "The number of replicas per ReplicaSet.");
  Family& labelled = out.gauge("kube_replicaset_status_fully_labeled_replicas",
                               "The number of fully labeled replicas per ReplicaSet.");
  Family& ready =
      out.gauge("kube_replicaset_status_ready_replicas", "The number of ready replicas per ReplicaSet.");
  Family& observed = out.gauge("kube_replicaset_status_observed_generation",
                               "The generation observed by the ReplicaSet controller.");
  Family& wanted = out.gauge("kube_replicaset_spec_replicas", "Number of desired pods for a ReplicaSet.");
  Family& generation = out.gauge("kube_replicaset_metadata_generation",
                                 "Sequence number representing a specific generation of the desired state.");
  Family& owner = out.gauge("kube_replicaset_owner", "Information about the ReplicaSet's owner.");
  for (const auto& one : replica_sets) {
    const LabelList labels = identity("replicaset", one->metadata);
    created.add(seconds_of(one->metadata.creationTimestamp), labels);
    replicas.add(one->status.replicas, labels);
    labelled.add(one->status.fullyLabeledReplicas, labels);
    ready.add(one->status.readyReplicas, labels);
    observed.add(static_cast<double>(one->status.observedGeneration), labels);
    wanted.add(one->spec.replicas.value_or(1), labels);
    generation.add(static_cast<double>(one->metadata.generation), labels);
    add_owners(owner, labels, one->metadata);
  }
}

}  // namespace aloft::telemetry::discovery
