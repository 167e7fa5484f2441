// What each field of eviction.h means, and how it is written, merged and defaulted.
#include "model/kinds/policy/v1/eviction.h"

DESCRIBE(policy::v1::Eviction,
         "Asks to delete a pod, unless a disruption budget forbids it; its name is the pod's.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(deleteOptions, 2, "How to delete the pod."))
