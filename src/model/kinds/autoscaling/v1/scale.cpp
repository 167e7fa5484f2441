// What each field of scale.h means, and how it is written, merged and defaulted.
#include "model/kinds/autoscaling/v1/scale.h"

DESCRIBE(autoscaling::v1::ScaleSpec, "",
    FIELD(replicas, 1))

DESCRIBE(autoscaling::v1::ScaleStatus, "",
    FIELD(replicas, 1, required),
    FIELD(selector, 2))

DESCRIBE(autoscaling::v1::Scale, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
