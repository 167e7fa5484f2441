// What each field of resources.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/resources.h"

DESCRIBE(core::v1::ResourceClaim, "",
    FIELD(name, 1, required),
    FIELD(request, 2))

DESCRIBE(core::v1::ResourceRequirements, "",
    FIELD(limits, 1),
    FIELD(requests, 2),
    FIELD(claims, 3, list_type("map", "name")))

DESCRIBE(core::v1::VolumeResourceRequirements, "",
    FIELD(limits, 1),
    FIELD(requests, 2))
