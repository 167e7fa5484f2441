// What each field of replica_set.h means, and how it is written, merged and defaulted.
#include "model/kinds/apps/v1/replica_set.h"

DESCRIBE(apps::v1::ReplicaSetSpec, "What a ReplicaSet shall keep running.",
         FIELD(replicas, 1, fallback("1"), "How many pods are wanted; default 1."),
         FIELD(minReadySeconds, 4,
               "Seconds a new pod must stay ready before it counts as available; default 0."),
         FIELD(selector, 2, required,
               "Which pods belong to it; must match the labels of the template and cannot change."),
         FIELD(template_, 3, "The pattern of the pods."))

DESCRIBE(apps::v1::ReplicaSetCondition, "An observation about a ReplicaSet.",
         FIELD(type, 1, required, "What is observed, such as ReplicaFailure."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(lastTransitionTime, 3, "When status last changed."),
         FIELD(reason, 4, "One CamelCase word about why it is so."),
         FIELD(message, 5, "A sentence for people."))

DESCRIBE(apps::v1::ReplicaSetStatus, "How many pods a ReplicaSet has.",
         FIELD(replicas, 1, required, "How many pods there are."),
         FIELD(fullyLabeledReplicas, 2, "How many pods carry all labels of the template."),
         FIELD(readyReplicas, 4, "How many pods are ready."),
         FIELD(availableReplicas, 5, "How many pods have been ready for minReadySeconds."),
         FIELD(observedGeneration, 3, "The metadata.generation that this status describes."),
         FIELD(conditions, 6, merge_key("type"), list_type("map", "type"),
               "Observations about the ReplicaSet."))

DESCRIBE(apps::v1::ReplicaSet, "Keeps a number of pods of one template running; Deployments make them.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "What shall run."), FIELD(status, 3, "What has been observed."))
