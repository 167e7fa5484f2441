// What each field of pod.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod.h"

DESCRIBE(core::v1::Pod, "Containers that share an address and volumes and run together on one node.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "What it shall be."), FIELD(status, 3, "What has become of it."))
