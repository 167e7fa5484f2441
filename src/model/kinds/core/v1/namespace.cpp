// What each field of namespace.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/namespace.h"

DESCRIBE(core::v1::NamespaceSpec, "How a namespace is used.",
         FIELD(finalizers, 1, list_type("atomic"), "Who must still clean up before the namespace is gone."))

DESCRIBE(core::v1::NamespaceCondition, "An observation about a namespace that is being deleted.",
         FIELD(type, 1, required, "What is observed, such as NamespaceContentRemaining."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(lastTransitionTime, 4, "When status last changed."),
         FIELD(reason, 5, "One CamelCase word about why it is so."),
         FIELD(message, 6, "A sentence for people."))

DESCRIBE(core::v1::NamespaceStatus, "How a namespace is.",
         FIELD(phase, 1, values("Active|Terminating"), fallback(R"("Active")"),
               "Active, or Terminating while its content is being deleted."),
         FIELD(conditions, 2, merge_key("type"), list_type("map", "type"),
               "Observations about its deletion."))

DESCRIBE(core::v1::Namespace, "A room for names, policies and quotas.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "How it is used."), FIELD(status, 3, "How it is."))
