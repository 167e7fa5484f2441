// What each field of secret.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/secret.h"

DESCRIBE(core::v1::Secret, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(immutable, 5),
    FIELD(data, 2),
    FIELD(stringData, 4),
    FIELD(type, 3, fallback(R"("Opaque")")))
