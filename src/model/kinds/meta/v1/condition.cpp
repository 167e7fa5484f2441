// What each field of condition.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/condition.h"

DESCRIBE(meta::v1::Condition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(observedGeneration, 3),
    FIELD(lastTransitionTime, 4, required),
    FIELD(reason, 5, required),
    FIELD(message, 6, required))
