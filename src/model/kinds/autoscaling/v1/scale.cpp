// What each field of scale.h means, and how it is written, merged and defaulted.
#include "model/kinds/autoscaling/v1/scale.h"

DESCRIBE(autoscaling::v1::ScaleSpec, "The wanted number of replicas.",
         FIELD(replicas, 1, "How many replicas are wanted."))

DESCRIBE(autoscaling::v1::ScaleStatus, "The present number of replicas.",
         FIELD(replicas, 1, required, "How many replicas there are."),
         FIELD(selector, 2, "The label selector of the pods, in query form."))

DESCRIBE(autoscaling::v1::Scale, "The number of replicas of any workload, in one form.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "What is wanted."), FIELD(status, 3, "What there is."))
