// What each field of container.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/container.h"

DESCRIBE(core::v1::ContainerPort, "A port that a container listens on.",
         FIELD(name, 1, "A name that services and probes can use, unique in the pod; at most 15 characters."),
         FIELD(hostPort, 2,
               "The port of the node that leads here; with hostNetwork it must equal containerPort."),
         FIELD(containerPort, 3, required, "The port on the address of the pod, 1 to 65535."),
         FIELD(protocol, 4, values("SCTP|TCP|UDP"), fallback(R"("TCP")"), "TCP (default), UDP or SCTP."),
         FIELD(hostIP, 5, "The address of the node that hostPort is bound to; default all."))

DESCRIBE(
    core::v1::VolumeMount, "Where a volume appears in a container.",
    FIELD(name, 1, required, "The name of the volume."),
    FIELD(readOnly, 2, "True to mount read-only; default false."),
    FIELD(recursiveReadOnly, 7,
          "Whether mounts below are read-only too: Disabled (default), IfPossible or Enabled."),
    FIELD(mountPath, 3, required, "The path in the container; must not contain a colon."),
    FIELD(subPath, 4, "The part of the volume to mount; default its root."),
    FIELD(mountPropagation, 5, values("Bidirectional|HostToContainer|None"),
          "How mounts spread between node and container: None (default), HostToContainer or Bidirectional."),
    FIELD(subPathExpr, 6,
          "As subPath, with $(NAME) replaced from the environment; not together with subPath."))

DESCRIBE(core::v1::VolumeDevice, "Where a block device appears in a container.",
         FIELD(name, 1, required, "The name of the volume, which must be a claim."),
         FIELD(devicePath, 2, required, "The path of the device in the container."))

DESCRIBE(core::v1::ContainerResizePolicy, "What a change of a resource means for a running container.",
         FIELD(resourceName, 1, required, "The resource: cpu or memory."),
         FIELD(restartPolicy, 2, required, "NotRequired (default) or RestartContainer."))

DESCRIBE(
    core::v1::Container, "One program of a pod.",
    FIELD(name, 1, required, "The name, a DNS label, unique in the pod; it cannot change."),
    FIELD(image, 2, "The image; with a tag or digest it is exact."),
    FIELD(command, 3, list_type("atomic"),
          "The program to run instead of the image's entry point; $(NAME) is replaced from the environment."),
    FIELD(args, 4, list_type("atomic"),
          "The arguments instead of the image's own; $(NAME) is replaced from the environment."),
    FIELD(workingDir, 5, "The working directory; default is that of the image."),
    FIELD(ports, 6, merge_key("containerPort"), list_type("map", "containerPort,protocol"),
          "Ports that the program listens on; for information and for names, nothing is opened or closed "
          "by it."),
    FIELD(envFrom, 19, list_type("atomic"), "Objects whose keys become variables; later ones and env win."),
    FIELD(env, 7, merge_key("name"), list_type("map", "name"), "Environment variables."),
    FIELD(resources, 8, "What it needs and may use."),
    FIELD(resizePolicy, 23, list_type("atomic"), "What a change of resources means while it runs."),
    FIELD(restartPolicy, 24,
          "Only Always and only for init containers: makes it a sidecar that runs beside the others."),
    FIELD(volumeMounts, 9, merge_key("mountPath"), list_type("map", "mountPath"),
          "Volumes and where they appear."),
    FIELD(volumeDevices, 21, merge_key("devicePath"), list_type("map", "devicePath"),
          "Block devices and where they appear."),
    FIELD(livenessProbe, 10, "Restarts the container when it fails."),
    FIELD(readinessProbe, 11, "Takes the pod out of its services while it fails."),
    FIELD(startupProbe, 22,
          "Must succeed before the other probes begin; restarts the container when it fails."),
    FIELD(lifecycle, 12, "What is done right after the start and before the end."),
    FIELD(terminationMessagePath, 13, fallback(R"("/dev/termination-log")"),
          "The file whose last words go into the status; default /dev/termination-log."),
    FIELD(terminationMessagePolicy, 20, values("FallbackToLogsOnError|File"), fallback(R"("File")"),
          "File (default), or FallbackToLogsOnError to take the end of the log when the file is empty."),
    FIELD(imagePullPolicy, 14, values("Always|IfNotPresent|Never"),
          "When the image is pulled: Always, IfNotPresent or Never; default Always for the tag latest, "
          "else IfNotPresent."),
    FIELD(securityContext, 15, "Rights of the program."),
    FIELD(stdin_, 16, "True to keep standard input open; otherwise reads see its end at once."),
    FIELD(stdinOnce, 17, "True to close standard input after the first client that attached has left."),
    FIELD(tty, 18, "True to give it a terminal; needs stdin."))

DESCRIBE(core::v1::EphemeralContainer,
         "A container added to a running pod to look into it; it is never restarted.",
         FIELD(container, 1, inlined),
         FIELD(targetContainerName, 2, "The container whose process namespace it shares."))
