// What each field of label_selector.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/label_selector.h"

DESCRIBE(meta::v1::LabelSelectorRequirement, "",
    FIELD(key, 1, required),
    FIELD(operator_, 2, required),
    FIELD(values, 3, list_type("atomic")))

DESCRIBE_ATOMIC(meta::v1::LabelSelector, "",
    FIELD(matchLabels, 1),
    FIELD(matchExpressions, 2, list_type("atomic")))

DESCRIBE(meta::v1::FieldSelectorRequirement, "",
    FIELD(key, 1, required),
    FIELD(operator_, 2, required),
    FIELD(values, 3, list_type("atomic")))
