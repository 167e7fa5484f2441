// What each field of controller_revision.h means, and how it is written, merged and defaulted.
#include "model/kinds/apps/v1/controller_revision.h"

DESCRIBE(apps::v1::ControllerRevision,
         "A snapshot of the state of a workload, for rolling back; its data cannot change.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(data, 2, "The state, as the controller that made it understands it."),
         FIELD(revision, 3, required, "The number of the revision, rising."))
