// What each field of container.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/container.h"

DESCRIBE(core::v1::ContainerPort, "",
    FIELD(name, 1),
    FIELD(hostPort, 2),
    FIELD(containerPort, 3, required),
    FIELD(protocol, 4, values("SCTP|TCP|UDP"), fallback(R"("TCP")")),
    FIELD(hostIP, 5))

DESCRIBE(core::v1::VolumeMount, "",
    FIELD(name, 1, required),
    FIELD(readOnly, 2),
    FIELD(recursiveReadOnly, 7),
    FIELD(mountPath, 3, required),
    FIELD(subPath, 4),
    FIELD(mountPropagation, 5, values("Bidirectional|HostToContainer|None")),
    FIELD(subPathExpr, 6))

DESCRIBE(core::v1::VolumeDevice, "",
    FIELD(name, 1, required),
    FIELD(devicePath, 2, required))

DESCRIBE(core::v1::ContainerResizePolicy, "",
    FIELD(resourceName, 1, required),
    FIELD(restartPolicy, 2, required))

DESCRIBE(core::v1::Container, "",
    FIELD(name, 1, required),
    FIELD(image, 2),
    FIELD(command, 3, list_type("atomic")),
    FIELD(args, 4, list_type("atomic")),
    FIELD(workingDir, 5),
    FIELD(ports, 6, merge_key("containerPort"), list_type("map", "containerPort,protocol")),
    FIELD(envFrom, 19, list_type("atomic")),
    FIELD(env, 7, merge_key("name"), list_type("map", "name")),
    FIELD(resources, 8),
    FIELD(resizePolicy, 23, list_type("atomic")),
    FIELD(restartPolicy, 24),
    FIELD(volumeMounts, 9, merge_key("mountPath"), list_type("map", "mountPath")),
    FIELD(volumeDevices, 21, merge_key("devicePath"), list_type("map", "devicePath")),
    FIELD(livenessProbe, 10),
    FIELD(readinessProbe, 11),
    FIELD(startupProbe, 22),
    FIELD(lifecycle, 12),
    FIELD(terminationMessagePath, 13, fallback(R"("/dev/termination-log")")),
    FIELD(terminationMessagePolicy, 20, values("FallbackToLogsOnError|File"), fallback(R"("File")")),
    FIELD(imagePullPolicy, 14, values("Always|IfNotPresent|Never")),
    FIELD(securityContext, 15),
    FIELD(stdin_, 16),
    FIELD(stdinOnce, 17),
    FIELD(tty, 18))

DESCRIBE(core::v1::EphemeralContainer, "",
    FIELD(container, 1, inlined),
    FIELD(targetContainerName, 2))
