// What each field of environment.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/environment.h"

DESCRIBE(core::v1::EnvVarSource, "",
    FIELD(fieldRef, 1),
    FIELD(resourceFieldRef, 2),
    FIELD(configMapKeyRef, 3),
    FIELD(secretKeyRef, 4))

DESCRIBE(core::v1::EnvVar, "",
    FIELD(name, 1, required),
    FIELD(value, 2),
    FIELD(valueFrom, 3))

DESCRIBE(core::v1::ConfigMapEnvSource, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(optional, 2))

DESCRIBE(core::v1::SecretEnvSource, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(optional, 2))

DESCRIBE(core::v1::EnvFromSource, "",
    FIELD(prefix, 1),
    FIELD(configMapRef, 2),
    FIELD(secretRef, 3))
