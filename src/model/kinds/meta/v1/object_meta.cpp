// What each field of object_meta.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/object_meta.h"

DESCRIBE_ATOMIC(meta::v1::OwnerReference, "",
    FIELD(apiVersion, 5, required),
    FIELD(kind, 1, required),
    FIELD(name, 3, required),
    FIELD(uid, 4, required),
    FIELD(controller, 6),
    FIELD(blockOwnerDeletion, 7))

DESCRIBE(meta::v1::ManagedFieldsEntry, "",
    FIELD(manager, 1),
    FIELD(operation, 2),
    FIELD(apiVersion, 3),
    FIELD(time, 4),
    FIELD(fieldsType, 6),
    FIELD(fieldsV1, 7),
    FIELD(subresource, 8))

DESCRIBE(meta::v1::ObjectMeta, "",
    FIELD(name, 1),
    FIELD(generateName, 2),
    FIELD(namespace_, 3),
    FIELD(selfLink, 4),
    FIELD(uid, 5),
    FIELD(resourceVersion, 6),
    FIELD(generation, 7),
    FIELD(creationTimestamp, 8),
    FIELD(deletionTimestamp, 9),
    FIELD(deletionGracePeriodSeconds, 10),
    FIELD(labels, 11),
    FIELD(annotations, 12),
    FIELD(ownerReferences, 13, merge_key("uid"), list_type("map", "uid")),
    FIELD(finalizers, 14, patch_strategy("merge"), list_type("set")),
    FIELD(managedFields, 17, list_type("atomic")))
