// What each field of security_context.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/security_context.h"

DESCRIBE(core::v1::Capabilities, "",
    FIELD(add, 1, list_type("atomic")),
    FIELD(drop, 2, list_type("atomic")))

DESCRIBE(core::v1::SELinuxOptions, "",
    FIELD(user, 1),
    FIELD(role, 2),
    FIELD(type, 3),
    FIELD(level, 4))

DESCRIBE(core::v1::WindowsSecurityContextOptions, "",
    FIELD(gmsaCredentialSpecName, 1),
    FIELD(gmsaCredentialSpec, 2),
    FIELD(runAsUserName, 3),
    FIELD(hostProcess, 4))

DESCRIBE(core::v1::SeccompProfile, "",
    FIELD(type, 1, required, values("Localhost|RuntimeDefault|Unconfined")),
    FIELD(localhostProfile, 2))

DESCRIBE(core::v1::AppArmorProfile, "",
    FIELD(type, 1, required, values("Localhost|RuntimeDefault|Unconfined")),
    FIELD(localhostProfile, 2))

DESCRIBE(core::v1::SecurityContext, "",
    FIELD(capabilities, 1),
    FIELD(privileged, 2),
    FIELD(seLinuxOptions, 3),
    FIELD(windowsOptions, 10),
    FIELD(runAsUser, 4),
    FIELD(runAsGroup, 8),
    FIELD(runAsNonRoot, 5),
    FIELD(readOnlyRootFilesystem, 6),
    FIELD(allowPrivilegeEscalation, 7),
    FIELD(procMount, 9, values("Default|Unmasked")),
    FIELD(seccompProfile, 11),
    FIELD(appArmorProfile, 12))

DESCRIBE(core::v1::Sysctl, "",
    FIELD(name, 1, required),
    FIELD(value, 2, required))

DESCRIBE(core::v1::PodSecurityContext, "",
    FIELD(seLinuxOptions, 1),
    FIELD(windowsOptions, 8),
    FIELD(runAsUser, 2),
    FIELD(runAsGroup, 6),
    FIELD(runAsNonRoot, 3),
    FIELD(supplementalGroups, 4, list_type("atomic")),
    FIELD(supplementalGroupsPolicy, 12, values("Merge|Strict")),
    FIELD(fsGroup, 5),
    FIELD(sysctls, 7, list_type("atomic")),
    FIELD(fsGroupChangePolicy, 9, values("Always|OnRootMismatch")),
    FIELD(seccompProfile, 10),
    FIELD(appArmorProfile, 11),
    FIELD(seLinuxChangePolicy, 13))
