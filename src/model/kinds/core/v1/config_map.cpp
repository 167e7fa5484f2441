// What each field of config_map.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/config_map.h"

DESCRIBE(core::v1::ConfigMap, "Settings that pods read as files or variables.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(immutable, 4, "True when the data can never change again."),
         FIELD(data, 2, "UTF-8 texts by key; keys consist of letters, digits, -, _ and dots."),
         FIELD(binaryData, 3, "Other bytes by key; no key stands in both."))
