// What each field of binding.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/binding.h"

DESCRIBE(core::v1::Binding, "The order to run a pod on a node; its name is the pod's.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(target, 2, required, "The node."))
