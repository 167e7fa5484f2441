// What each field of environment.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/environment.h"

DESCRIBE(core::v1::EnvVarSource, "Where the value of a variable comes from; exactly one member is set.",
         FIELD(fieldRef, 1, "A field of the pod."),
         FIELD(resourceFieldRef, 2, "A resource amount of a container."),
         FIELD(configMapKeyRef, 3, "A key of a ConfigMap."), FIELD(secretKeyRef, 4, "A key of a Secret."))

DESCRIBE(core::v1::EnvVar, "An environment variable.", FIELD(name, 1, required, "The name."),
         FIELD(value, 2, "The value; $(NAME) stands for an earlier variable, $$ for a dollar sign."),
         FIELD(valueFrom, 3, "Where the value comes from; not together with value."))

DESCRIBE(core::v1::ConfigMapEnvSource, "All keys of a ConfigMap.", FIELD(localObjectReference, 1, inlined),
         FIELD(optional, 2, "True when the pod may start without it."))

DESCRIBE(core::v1::SecretEnvSource, "All keys of a Secret.", FIELD(localObjectReference, 1, inlined),
         FIELD(optional, 2, "True when the pod may start without it."))

DESCRIBE(core::v1::EnvFromSource, "Makes variables of all keys of an object.",
         FIELD(prefix, 1, "What is put in front of each key."), FIELD(configMapRef, 2, "The ConfigMap."),
         FIELD(secretRef, 3, "The Secret."))
