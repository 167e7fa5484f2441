// What each field of references.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/references.h"

DESCRIBE_ATOMIC(core::v1::LocalObjectReference, "Names an object in the same namespace.",
                FIELD(name, 1, "The name of the object."))

DESCRIBE_ATOMIC(core::v1::ObjectReference, "Points at any object.", FIELD(kind, 1, "The kind of the object."),
                FIELD(namespace_, 2, "The namespace of the object."),
                FIELD(name, 3, "The name of the object."), FIELD(uid, 4, "The uid of the object."),
                FIELD(apiVersion, 5, "The group and version of the object."),
                FIELD(resourceVersion, 6, "The revision of the object that is meant."),
                FIELD(fieldPath, 7, "A part of the object, such as spec.containers{web}."))

DESCRIBE_ATOMIC(core::v1::TypedLocalObjectReference, "Names an object of any kind in the same namespace.",
                FIELD(apiGroup, 1, always, "The API group; absent for the core group."),
                FIELD(kind, 2, required, "The kind of the object."),
                FIELD(name, 3, required, "The name of the object."))

DESCRIBE(core::v1::TypedObjectReference, "Names an object of any kind in any namespace.",
         FIELD(apiGroup, 1, always, "The API group; absent for the core group."),
         FIELD(kind, 2, required, "The kind of the object."),
         FIELD(name, 3, required, "The name of the object."),
         FIELD(namespace_, 4, "The namespace of the object; absent for the own one."))

DESCRIBE_ATOMIC(core::v1::SecretReference, "Names a Secret in any namespace.",
                FIELD(name, 1, "The name of the Secret."),
                FIELD(namespace_, 2, "The namespace of the Secret."))

DESCRIBE_ATOMIC(core::v1::ObjectFieldSelector, "A field of the pod itself.",
                FIELD(apiVersion, 1, fallback(R"("v1")"),
                      "The version of the API the path is written in; default v1."),
                FIELD(fieldPath, 2, required, "The path, such as metadata.name or metadata.labels['app']."))

DESCRIBE_ATOMIC(core::v1::ResourceFieldSelector, "A resource amount of a container.",
                FIELD(containerName, 1,
                      "The container; required in volumes, default is the own one in variables."),
                FIELD(resource, 2, required, "The amount, such as limits.cpu or requests.memory."),
                FIELD(divisor, 3, "The unit in which the amount is given; default 1."))

DESCRIBE_ATOMIC(core::v1::ConfigMapKeySelector, "A key of a ConfigMap.",
                FIELD(localObjectReference, 1, inlined), FIELD(key, 2, required, "The key."),
                FIELD(optional, 3, "True when the pod may start without it."))

DESCRIBE_ATOMIC(core::v1::SecretKeySelector, "A key of a Secret.", FIELD(localObjectReference, 1, inlined),
                FIELD(key, 2, required, "The key."),
                FIELD(optional, 3, "True when the pod may start without it."))
