// What each field of type_meta.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/type_meta.h"

DESCRIBE(meta::v1::TypeMeta, "",
    FIELD(kind, 1),
    FIELD(apiVersion, 2))

DESCRIBE(meta::v1::GroupVersionKind, "",
    FIELD(group, 1, required),
    FIELD(version, 2, required),
    FIELD(kind, 3, required))
