// What each field of references.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/references.h"

DESCRIBE_ATOMIC(core::v1::LocalObjectReference, "",
    FIELD(name, 1))

DESCRIBE_ATOMIC(core::v1::ObjectReference, "",
    FIELD(kind, 1),
    FIELD(namespace_, 2),
    FIELD(name, 3),
    FIELD(uid, 4),
    FIELD(apiVersion, 5),
    FIELD(resourceVersion, 6),
    FIELD(fieldPath, 7))

DESCRIBE_ATOMIC(core::v1::TypedLocalObjectReference, "",
    FIELD(apiGroup, 1, always),
    FIELD(kind, 2, required),
    FIELD(name, 3, required))

DESCRIBE(core::v1::TypedObjectReference, "",
    FIELD(apiGroup, 1, always),
    FIELD(kind, 2, required),
    FIELD(name, 3, required),
    FIELD(namespace_, 4))

DESCRIBE_ATOMIC(core::v1::SecretReference, "",
    FIELD(name, 1),
    FIELD(namespace_, 2))

DESCRIBE_ATOMIC(core::v1::ObjectFieldSelector, "",
    FIELD(apiVersion, 1, fallback(R"("v1")")),
    FIELD(fieldPath, 2, required))

DESCRIBE_ATOMIC(core::v1::ResourceFieldSelector, "",
    FIELD(containerName, 1),
    FIELD(resource, 2, required),
    FIELD(divisor, 3))

DESCRIBE_ATOMIC(core::v1::ConfigMapKeySelector, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(key, 2, required),
    FIELD(optional, 3))

DESCRIBE_ATOMIC(core::v1::SecretKeySelector, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(key, 2, required),
    FIELD(optional, 3))
