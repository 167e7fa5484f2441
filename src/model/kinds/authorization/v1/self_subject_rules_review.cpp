// What each field of self_subject_rules_review.h means, and how it is written, merged and defaulted.
#include "model/kinds/authorization/v1/self_subject_rules_review.h"

DESCRIBE(authorization::v1::ResourceRule, "",
    FIELD(verbs, 1, required, list_type("atomic")),
    FIELD(apiGroups, 2, list_type("atomic")),
    FIELD(resources, 3, list_type("atomic")),
    FIELD(resourceNames, 4, list_type("atomic")))

DESCRIBE(authorization::v1::NonResourceRule, "",
    FIELD(verbs, 1, required, list_type("atomic")),
    FIELD(nonResourceURLs, 2, list_type("atomic")))

DESCRIBE(authorization::v1::SubjectRulesReviewStatus, "",
    FIELD(resourceRules, 1, required, list_type("atomic")),
    FIELD(nonResourceRules, 2, required, list_type("atomic")),
    FIELD(incomplete, 3, required),
    FIELD(evaluationError, 4))

DESCRIBE(authorization::v1::SelfSubjectRulesReviewSpec, "",
    FIELD(namespace_, 1))

DESCRIBE(authorization::v1::SelfSubjectRulesReview, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required),
    FIELD(status, 3))
