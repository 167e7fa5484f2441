// What each field of binding.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/binding.h"

DESCRIBE(core::v1::Binding, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(target, 2, required))
