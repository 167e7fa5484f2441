// What each field of container_status.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/container_status.h"

DESCRIBE(core::v1::ContainerStateWaiting, "",
    FIELD(reason, 1),
    FIELD(message, 2))

DESCRIBE(core::v1::ContainerStateRunning, "",
    FIELD(startedAt, 1))

DESCRIBE(core::v1::ContainerStateTerminated, "",
    FIELD(exitCode, 1, required),
    FIELD(signal, 2),
    FIELD(reason, 3),
    FIELD(message, 4),
    FIELD(startedAt, 5),
    FIELD(finishedAt, 6),
    FIELD(containerID, 7))

DESCRIBE(core::v1::ContainerState, "",
    FIELD(waiting, 1),
    FIELD(running, 2),
    FIELD(terminated, 3))

DESCRIBE(core::v1::VolumeMountStatus, "",
    FIELD(name, 1, required),
    FIELD(mountPath, 2, required),
    FIELD(readOnly, 3),
    FIELD(recursiveReadOnly, 4))

DESCRIBE(core::v1::ResourceHealth, "",
    FIELD(resourceID, 1, required),
    FIELD(health, 2))

DESCRIBE(core::v1::ResourceStatus, "",
    FIELD(name, 1, required),
    FIELD(resources, 2, list_type("map", "resourceID")))

DESCRIBE(core::v1::LinuxContainerUser, "",
    FIELD(uid, 1, required),
    FIELD(gid, 2, required),
    FIELD(supplementalGroups, 3, list_type("atomic")))

DESCRIBE(core::v1::ContainerUser, "",
    FIELD(linux_, 1))

DESCRIBE(core::v1::ContainerStatus, "",
    FIELD(name, 1, required),
    FIELD(state, 2),
    FIELD(lastState, 3),
    FIELD(ready, 4, required),
    FIELD(restartCount, 5, required),
    FIELD(image, 6, required),
    FIELD(imageID, 7, required),
    FIELD(containerID, 8),
    FIELD(started, 9),
    FIELD(allocatedResources, 10),
    FIELD(resources, 11),
    FIELD(volumeMounts, 12, merge_key("mountPath"), list_type("map", "mountPath")),
    FIELD(user, 13),
    FIELD(allocatedResourcesStatus, 14, merge_key("name"), list_type("map", "name")))
