// What each field of deployment.h means, and how it is written, merged and defaulted.
#include "model/kinds/apps/v1/deployment.h"

DESCRIBE(apps::v1::RollingUpdateDeployment,
         "How many pods may be missing or too many while pods are replaced.",
         FIELD(maxUnavailable, 1,
               "How many pods may be unavailable during the update, as a number or a share rounded down; "
               "default 25%."),
         FIELD(maxSurge, 2,
               "How many pods there may be beyond the wanted number, as a number or a share rounded up; "
               "default 25%."))

DESCRIBE(apps::v1::DeploymentStrategy, "How old pods are replaced by new ones.",
         FIELD(type, 1, values("Recreate|RollingUpdate"), fallback(R"("RollingUpdate")"),
               "RollingUpdate (default) replaces step by step, Recreate ends all old pods first."),
         FIELD(rollingUpdate, 2, "The bounds of a rolling update; only with type RollingUpdate."))

DESCRIBE(apps::v1::DeploymentSpec, "What a Deployment shall keep running.",
         FIELD(replicas, 1, fallback("1"), "How many pods are wanted; default 1."),
         FIELD(selector, 2, required,
               "Which pods belong to it; must match the labels of the template and cannot change."),
         FIELD(template_, 3, required,
               "The pattern of the pods; a change of it starts a rollout; restartPolicy must be Always."),
         FIELD(strategy, 4, patch_strategy("retainKeys"), "How old pods are replaced by new ones."),
         FIELD(minReadySeconds, 5,
               "Seconds a new pod must stay ready before it counts as available; default 0."),
         FIELD(revisionHistoryLimit, 6, fallback("10"),
               "How many old ReplicaSets are kept to roll back to; default 10."),
         FIELD(paused, 7, "True while changes of the template start no rollout."),
         FIELD(progressDeadlineSeconds, 9, fallback("600"),
               "Seconds without progress after which the rollout is reported as failed; default 600."))

DESCRIBE(apps::v1::DeploymentCondition, "An observation about a Deployment.",
         FIELD(type, 1, required, "Available, Progressing or ReplicaFailure."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(lastUpdateTime, 6, "When the condition was last written."),
         FIELD(lastTransitionTime, 7, "When status last changed."),
         FIELD(reason, 4, "One CamelCase word about why it is so."),
         FIELD(message, 5, "A sentence for people."))

DESCRIBE(apps::v1::DeploymentStatus, "How far a Deployment has come.",
         FIELD(observedGeneration, 1, "The metadata.generation that this status describes."),
         FIELD(replicas, 2, "How many pods there are."),
         FIELD(updatedReplicas, 3, "How many pods are of the present template."),
         FIELD(readyReplicas, 7, "How many pods are ready."),
         FIELD(availableReplicas, 4, "How many pods have been ready for minReadySeconds."),
         FIELD(unavailableReplicas, 5, "How many pods are missing before all are available."),
         FIELD(conditions, 6, merge_key("type"), list_type("map", "type"), "Observations about the rollout."),
         FIELD(collisionCount, 8,
               "How often the hash in the name of a ReplicaSet collided; part of the next hash."))

DESCRIBE(apps::v1::Deployment,
         "Keeps a number of equal pods running and replaces them step by step when the template changes.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "What shall run."), FIELD(status, 3, "What has been observed."))
