// What each field of replica_set.h means, and how it is written, merged and defaulted.
#include "model/kinds/apps/v1/replica_set.h"

DESCRIBE(apps::v1::ReplicaSetSpec, "",
    FIELD(replicas, 1, fallback("1")),
    FIELD(minReadySeconds, 4),
    FIELD(selector, 2, required),
    FIELD(template_, 3))

DESCRIBE(apps::v1::ReplicaSetCondition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(lastTransitionTime, 3),
    FIELD(reason, 4),
    FIELD(message, 5))

DESCRIBE(apps::v1::ReplicaSetStatus, "",
    FIELD(replicas, 1, required),
    FIELD(fullyLabeledReplicas, 2),
    FIELD(readyReplicas, 4),
    FIELD(availableReplicas, 5),
    FIELD(observedGeneration, 3),
    FIELD(conditions, 6, merge_key("type"), list_type("map", "type")))

DESCRIBE(apps::v1::ReplicaSet, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
