// What each field of deployment.h means, and how it is written, merged and defaulted.
#include "model/kinds/apps/v1/deployment.h"

DESCRIBE(apps::v1::RollingUpdateDeployment, "",
    FIELD(maxUnavailable, 1),
    FIELD(maxSurge, 2))

DESCRIBE(apps::v1::DeploymentStrategy, "",
    FIELD(type, 1, values("Recreate|RollingUpdate"), fallback(R"("RollingUpdate")")),
    FIELD(rollingUpdate, 2))

DESCRIBE(apps::v1::DeploymentSpec, "",
    FIELD(replicas, 1, fallback("1")),
    FIELD(selector, 2, required),
    FIELD(template_, 3, required),
    FIELD(strategy, 4, patch_strategy("retainKeys")),
    FIELD(minReadySeconds, 5),
    FIELD(revisionHistoryLimit, 6, fallback("10")),
    FIELD(paused, 7),
    FIELD(progressDeadlineSeconds, 9, fallback("600")))

DESCRIBE(apps::v1::DeploymentCondition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(lastUpdateTime, 6),
    FIELD(lastTransitionTime, 7),
    FIELD(reason, 4),
    FIELD(message, 5))

DESCRIBE(apps::v1::DeploymentStatus, "",
    FIELD(observedGeneration, 1),
    FIELD(replicas, 2),
    FIELD(updatedReplicas, 3),
    FIELD(readyReplicas, 7),
    FIELD(availableReplicas, 4),
    FIELD(unavailableReplicas, 5),
    FIELD(conditions, 6, merge_key("type"), list_type("map", "type")),
    FIELD(collisionCount, 8))

DESCRIBE(apps::v1::Deployment, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
