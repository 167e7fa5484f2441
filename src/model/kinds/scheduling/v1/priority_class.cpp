// What each field of priority_class.h means, and how it is written, merged and defaulted.
#include "model/kinds/scheduling/v1/priority_class.h"

DESCRIBE(scheduling::v1::PriorityClass,
         "A named importance of pods; higher ones are scheduled first and may displace lower ones.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(value, 2, required, "The importance; user classes go up to 1000000000; it cannot change."),
         FIELD(globalDefault, 3, "True for the one class of pods that name none."),
         FIELD(description, 4, "What the class is for, in words."),
         FIELD(preemptionPolicy, 5, values("Never|PreemptLowerPriority"),
               fallback(R"("PreemptLowerPriority")"),
               "PreemptLowerPriority (default) or Never: whether its pods may displace others."))
