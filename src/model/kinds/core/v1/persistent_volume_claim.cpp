// What each field of persistent_volume_claim.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/persistent_volume_claim.h"

DESCRIBE(core::v1::PersistentVolumeClaimSpec, "",
    FIELD(accessModes, 1, list_type("atomic")),
    FIELD(selector, 4),
    FIELD(resources, 2),
    FIELD(volumeName, 3),
    FIELD(storageClassName, 5),
    FIELD(volumeMode, 6, values("Block|Filesystem"), fallback(R"("Filesystem")")),
    FIELD(dataSource, 7),
    FIELD(dataSourceRef, 8),
    FIELD(volumeAttributesClassName, 9))

DESCRIBE(core::v1::PersistentVolumeClaimTemplate, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required))
