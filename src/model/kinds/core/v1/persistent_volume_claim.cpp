// What each field of persistent_volume_claim.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/persistent_volume_claim.h"

DESCRIBE(core::v1::PersistentVolumeClaimSpec, "The storage that is asked for.",
         FIELD(accessModes, 1, list_type("atomic"),
               "How it must be mountable: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod."),
         FIELD(selector, 4, "Which volumes may be taken, by their labels."),
         FIELD(resources, 2, "How much storage is needed."),
         FIELD(volumeName, 3, "The volume that is bound to this claim."),
         FIELD(storageClassName, 5,
               "The class of storage; empty for volumes without one, absent for the default class."),
         FIELD(volumeMode, 6, values("Block|Filesystem"), fallback(R"("Filesystem")"),
               "Filesystem (default) or Block."),
         FIELD(dataSource, 7, "A snapshot or another claim to fill the volume from."),
         FIELD(dataSourceRef, 8, "As dataSource, but of any kind and namespace."),
         FIELD(volumeAttributesClassName, 9, "The class of changeable attributes of the volume."))

DESCRIBE(core::v1::PersistentVolumeClaimTemplate, "The pattern of a claim that lives as long as its pod.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The storage that is asked for."))
