// What each field of container_status.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/container_status.h"

DESCRIBE(core::v1::ContainerStateWaiting, "The container does not run yet.",
         FIELD(reason, 1, "One word about why, such as ContainerCreating or CrashLoopBackOff."),
         FIELD(message, 2, "A sentence about why."))

DESCRIBE(core::v1::ContainerStateRunning, "The container runs.", FIELD(startedAt, 1, "Since when."))

DESCRIBE(core::v1::ContainerStateTerminated, "The container has ended.",
         FIELD(exitCode, 1, required, "The exit code of the program."),
         FIELD(signal, 2, "The signal that ended it; 0 for none."),
         FIELD(reason, 3, "One word about why, such as Completed, Error or OOMKilled."),
         FIELD(message, 4, "The last words of the program, or a sentence about why."),
         FIELD(startedAt, 5, "When it had started."), FIELD(finishedAt, 6, "When it ended."),
         FIELD(containerID, 7, "The id of the container, as runtime://id."))

DESCRIBE(core::v1::ContainerState, "What a container does; one member is set, waiting when none is.",
         FIELD(waiting, 1, "It does not run yet."), FIELD(running, 2, "It runs."),
         FIELD(terminated, 3, "It has ended."))

DESCRIBE(core::v1::VolumeMountStatus, "How a volume is mounted.",
         FIELD(name, 1, required, "The name of the mount."),
         FIELD(mountPath, 2, required, "The path in the container."),
         FIELD(readOnly, 3, "True when it is read-only."),
         FIELD(recursiveReadOnly, 4, "Whether mounts below are read-only too: Disabled or Enabled."))

DESCRIBE(core::v1::ResourceHealth, "How a device is.",
         FIELD(resourceID, 1, required, "The id of the device."),
         FIELD(health, 2, "Healthy, Unhealthy or Unknown."))

DESCRIBE(core::v1::ResourceStatus, "How the devices of a resource are.",
         FIELD(name, 1, required, "The resource, or claim:NAME/REQUEST."),
         FIELD(resources, 2, list_type("map", "resourceID"), "The devices."))

DESCRIBE(core::v1::LinuxContainerUser, "The user of the first process on Linux.",
         FIELD(uid, 1, required, "The user id."), FIELD(gid, 2, required, "The primary group id."),
         FIELD(supplementalGroups, 3, list_type("atomic"), "Further group ids."))

DESCRIBE(core::v1::ContainerUser, "The user of the first process.", FIELD(linux_, 1, "On Linux."))

DESCRIBE(core::v1::ContainerStatus, "What has become of a container.",
         FIELD(name, 1, required, "The name of the container."), FIELD(state, 2, "What it does now."),
         FIELD(lastState, 3, "How it ended the last time."),
         FIELD(ready, 4, required, "True when its readiness probe succeeds; false while it does not run."),
         FIELD(restartCount, 5, required, "How often it has been restarted."),
         FIELD(image, 6, required, "The image it runs."),
         FIELD(imageID, 7, required, "The digest of the image."),
         FIELD(containerID, 8, "The id of the container, as runtime://id."),
         FIELD(started, 9, "True once postStart and the startup probe have succeeded."),
         FIELD(allocatedResources, 10, "What the node has set aside for it."),
         FIELD(resources, 11, "What is in force for the running container."),
         FIELD(volumeMounts, 12, merge_key("mountPath"), list_type("map", "mountPath"),
               "How its volumes are mounted."),
         FIELD(user, 13, "The user of its first process."),
         FIELD(allocatedResourcesStatus, 14, merge_key("name"), list_type("map", "name"),
               "How its devices are."))
