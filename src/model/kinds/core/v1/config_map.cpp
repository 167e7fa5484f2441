// What each field of config_map.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/config_map.h"

DESCRIBE(core::v1::ConfigMap, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(immutable, 4),
    FIELD(data, 2),
    FIELD(binaryData, 3))
