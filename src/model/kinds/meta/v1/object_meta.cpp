// What each field of object_meta.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/object_meta.h"

DESCRIBE_ATOMIC(
    meta::v1::OwnerReference,
    "Names an object that this one belongs to; when the last owner is gone, this object is collected.",
    FIELD(apiVersion, 5, required, "The group and version of the owner."),
    FIELD(kind, 1, required, "The kind of the owner."),
    FIELD(name, 3, required, "The name of the owner, in the same namespace or cluster-scoped."),
    FIELD(uid, 4, required,
          "The uid of the owner; an owner of the same name but another uid does not count."),
    FIELD(controller, 6, "True for the one owner that manages this object."),
    FIELD(blockOwnerDeletion, 7,
          "True when a foreground deletion of the owner waits for this object to go first."))

DESCRIBE(meta::v1::ManagedFieldsEntry, "The fields that one manager has set in one way.",
         FIELD(manager, 1, "Who set the fields: the name of a program or a controller."),
         FIELD(operation, 2, "How the fields were set."),
         FIELD(apiVersion, 3, "The group and version the field names belong to."),
         FIELD(time, 4, "When this manager last changed one of the fields."),
         FIELD(fieldsType, 6, "The format of the field set; only FieldsV1 exists."),
         FIELD(fieldsV1, 7,
               "The set of fields as a tree: f:name for a field, k:{...} and v:... for items of lists."),
         FIELD(subresource, 8,
               "The subresource through which the fields were set, or empty for the object itself."))

DESCRIBE(
    meta::v1::ObjectMeta,
    "What every stored object carries: its name, labels, owners, and the bookkeeping of the API.",
    FIELD(name, 1, "The name, unique for its kind in the namespace; it cannot change."),
    FIELD(generateName, 2, "A prefix from which the server makes a unique name when none is given."),
    FIELD(namespace_, 3,
          "The namespace the object lives in; empty for cluster-scoped kinds; it cannot change."),
    FIELD(selfLink, 4, deprecated, "No longer filled."),
    FIELD(uid, 5,
          "A unique id that the server gives at creation; it tells an object from a later one of the same "
          "name."),
    FIELD(resourceVersion, 6,
          "The revision of this state; an update that carries an older one is refused as a conflict."),
    FIELD(generation, 7, "Counts the changes of the desired state; set by the server."),
    FIELD(creationTimestamp, 8, "When the object was created; set by the server, in UTC."),
    FIELD(deletionTimestamp, 9,
          "When the object is to be gone; set by the server once a deletion with grace or finalizers has "
          "begun."),
    FIELD(deletionGracePeriodSeconds, 10,
          "Seconds between the request to delete and the removal; may only be shortened."),
    FIELD(labels, 11, "Keys and values to select and to group objects by."),
    FIELD(annotations, 12,
          "Keys and free-form values for tools and people; not for selection; at most 256 KiB in sum."),
    FIELD(ownerReferences, 13, merge_key("uid"), list_type("map", "uid"), "The objects this one belongs to."),
    FIELD(finalizers, 14, patch_strategy("merge"), list_type("set"),
          "Who must still finish its work before the object may be removed; each removes its own entry."),
    FIELD(managedFields, 17, list_type("atomic"),
          "Who owns which field; kept by the server for server-side apply."))
