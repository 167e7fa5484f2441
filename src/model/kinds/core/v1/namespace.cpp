// What each field of namespace.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/namespace.h"

DESCRIBE(core::v1::NamespaceSpec, "",
    FIELD(finalizers, 1, list_type("atomic")))

DESCRIBE(core::v1::NamespaceCondition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(lastTransitionTime, 4),
    FIELD(reason, 5),
    FIELD(message, 6))

DESCRIBE(core::v1::NamespaceStatus, "",
    FIELD(phase, 1, values("Active|Terminating"), fallback(R"("Active")")),
    FIELD(conditions, 2, merge_key("type"), list_type("map", "type")))

DESCRIBE(core::v1::Namespace, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
