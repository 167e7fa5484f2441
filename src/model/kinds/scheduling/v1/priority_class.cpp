// What each field of priority_class.h means, and how it is written, merged and defaulted.
#include "model/kinds/scheduling/v1/priority_class.h"

DESCRIBE(scheduling::v1::PriorityClass, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(value, 2, required),
    FIELD(globalDefault, 3),
    FIELD(description, 4),
    FIELD(preemptionPolicy, 5, values("Never|PreemptLowerPriority"), fallback(R"("PreemptLowerPriority")")))
