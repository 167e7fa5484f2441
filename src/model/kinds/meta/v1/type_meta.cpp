// What each field of type_meta.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/type_meta.h"

DESCRIBE(meta::v1::TypeMeta, "The kind of an object and the version of the API it is written in.",
         FIELD(kind, 1, "The kind, in CamelCase, such as Pod."),
         FIELD(apiVersion, 2, "The group and version, such as apps/v1, or v1 for the core group."))

DESCRIBE(meta::v1::GroupVersionKind, "A kind by its full name.",
         FIELD(group, 1, required, "The API group; empty for the core group."),
         FIELD(version, 2, required, "The version within the group, such as v1."),
         FIELD(kind, 3, required, "The kind, in CamelCase."))
