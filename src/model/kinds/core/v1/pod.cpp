// What each field of pod.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod.h"

DESCRIBE(core::v1::Pod, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
