// What each field of label_selector.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/label_selector.h"

DESCRIBE(meta::v1::LabelSelectorRequirement, "One condition on a label.",
         FIELD(key, 1, required, "The key of the label."),
         FIELD(operator_, 2, required, "How the label is compared: In, NotIn, Exists or DoesNotExist."),
         FIELD(values, 3, list_type("atomic"),
               "The values for In and NotIn; must be empty for Exists and DoesNotExist."))

DESCRIBE_ATOMIC(
    meta::v1::LabelSelector,
    "Selects objects by their labels; all conditions must hold, and an empty selector matches everything.",
    FIELD(matchLabels, 1, "Labels that must be present with exactly these values."),
    FIELD(matchExpressions, 2, list_type("atomic"), "Further conditions on labels."))

DESCRIBE(meta::v1::FieldSelectorRequirement, "One condition on a field.",
         FIELD(key, 1, required, "The path of the field."),
         FIELD(operator_, 2, required, "How the field is compared: In, NotIn, Exists or DoesNotExist."),
         FIELD(values, 3, list_type("atomic"),
               "The values for In and NotIn; must be empty for Exists and DoesNotExist."))
