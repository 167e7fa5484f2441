// What each field of condition.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/condition.h"

DESCRIBE(meta::v1::Condition, "One observation about an object.",
         FIELD(type, 1, required, "What is observed, in CamelCase, unique in the list."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(observedGeneration, 3, "The metadata.generation the observation was made at."),
         FIELD(lastTransitionTime, 4, required, "When status last changed."),
         FIELD(reason, 5, required, "One CamelCase word for programs about why it is so."),
         FIELD(message, 6, required, "A sentence for people; may be empty."))
