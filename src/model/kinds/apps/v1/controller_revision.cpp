// What each field of controller_revision.h means, and how it is written, merged and defaulted.
#include "model/kinds/apps/v1/controller_revision.h"

DESCRIBE(apps::v1::ControllerRevision, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(data, 2),
    FIELD(revision, 3, required))
