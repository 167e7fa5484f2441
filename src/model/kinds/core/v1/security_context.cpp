// What each field of security_context.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/security_context.h"

DESCRIBE(core::v1::Capabilities, "Linux capabilities to add to and to take from those of the runtime.",
         FIELD(add, 1, list_type("atomic"), "Capabilities to add, without the prefix CAP_."),
         FIELD(drop, 2, list_type("atomic"), "Capabilities to take away; ALL for all."))

DESCRIBE(core::v1::SELinuxOptions, "The SELinux label of a container.",
         FIELD(user, 1, "The user part of the label."), FIELD(role, 2, "The role part of the label."),
         FIELD(type, 3, "The type part of the label."), FIELD(level, 4, "The level part of the label."))

DESCRIBE(core::v1::WindowsSecurityContextOptions, "Identity of a container on Windows.",
         FIELD(gmsaCredentialSpecName, 1, "The name of the credential spec of a managed service account."),
         FIELD(gmsaCredentialSpec, 2, "The credential spec itself."),
         FIELD(runAsUserName, 3, "The user that runs the program."),
         FIELD(hostProcess, 4, "True to run as a process of the host; all containers of the pod must agree."))

DESCRIBE(
    core::v1::SeccompProfile, "Which system calls are allowed.",
    FIELD(type, 1, required, values("Localhost|RuntimeDefault|Unconfined"),
          "Localhost uses a file on the node, RuntimeDefault the runtime's own profile, Unconfined none."),
    FIELD(localhostProfile, 2,
          "The file, relative to the node's directory of profiles; only with Localhost."))

DESCRIBE(
    core::v1::AppArmorProfile, "The AppArmor profile of a container.",
    FIELD(type, 1, required, values("Localhost|RuntimeDefault|Unconfined"),
          "Localhost uses a profile loaded on the node, RuntimeDefault the runtime's own, Unconfined none."),
    FIELD(localhostProfile, 2, "The name of the profile; only with Localhost."))

DESCRIBE(core::v1::SecurityContext,
         "Rights of a container; what is set here goes before the same field of the pod.",
         FIELD(capabilities, 1, "Linux capabilities to add and to drop."),
         FIELD(privileged, 2,
               "True gives the container nearly all rights of root on the node; default false."),
         FIELD(seLinuxOptions, 3, "The SELinux label."),
         FIELD(windowsOptions, 10, "Identity on Windows; only when spec.os.name is windows."),
         FIELD(runAsUser, 4, "The user id of the program; default is that of the image."),
         FIELD(runAsGroup, 8, "The primary group id of the program."),
         FIELD(runAsNonRoot, 5, "True refuses to start as user 0."),
         FIELD(readOnlyRootFilesystem, 6, "True makes the root file system read-only; default false."),
         FIELD(allowPrivilegeEscalation, 7,
               "False sets no_new_privs, so that no program gains rights over its parent."),
         FIELD(procMount, 9, values("Default|Unmasked"),
               "Default masks parts of /proc, Unmasked shows all of it."),
         FIELD(seccompProfile, 11, "Which system calls are allowed."),
         FIELD(appArmorProfile, 12, "The AppArmor profile."))

DESCRIBE(core::v1::Sysctl, "A kernel parameter of the pod.",
         FIELD(name, 1, required, "The name, such as net.core.somaxconn."),
         FIELD(value, 2, required, "The value."))

DESCRIBE(core::v1::PodSecurityContext, "Rights of all containers of a pod.",
         FIELD(seLinuxOptions, 1, "The SELinux label."),
         FIELD(windowsOptions, 8, "Identity on Windows; only when spec.os.name is windows."),
         FIELD(runAsUser, 2, "The user id of the programs; default is that of each image."),
         FIELD(runAsGroup, 6, "The primary group id of the programs."),
         FIELD(runAsNonRoot, 3, "True refuses to start containers as user 0."),
         FIELD(supplementalGroups, 4, list_type("atomic"),
               "Further group ids of the first process of each container."),
         FIELD(supplementalGroupsPolicy, 12, values("Merge|Strict"),
               "Merge (default) adds the groups of the image, Strict leaves them out."),
         FIELD(fsGroup, 5, "A group id that owns the volumes of the pod and that all processes get."),
         FIELD(sysctls, 7, list_type("atomic"), "Kernel parameters in the namespaces of the pod."),
         FIELD(fsGroupChangePolicy, 9, values("Always|OnRootMismatch"),
               "When the ownership of volumes is set: Always (default), or OnRootMismatch only if the root "
               "differs."),
         FIELD(seccompProfile, 10, "Which system calls are allowed."),
         FIELD(appArmorProfile, 11, "The AppArmor profile."),
         FIELD(seLinuxChangePolicy, 13,
               "How volumes get the SELinux label: MountOption, or Recursive relabelling."))
