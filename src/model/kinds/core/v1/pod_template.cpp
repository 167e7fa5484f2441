// What each field of pod_template.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod_template.h"

DESCRIBE(core::v1::PodTemplateSpec, "The pattern from which pods are made.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "What the pods shall be."))
