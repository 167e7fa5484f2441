// What each field of self_subject_rules_review.h means, and how it is written, merged and defaulted.
#include "model/kinds/authorization/v1/self_subject_rules_review.h"

DESCRIBE(authorization::v1::ResourceRule, "Resources and what may be done with them.",
         FIELD(verbs, 1, required, list_type("atomic"), "The verbs; * for all."),
         FIELD(apiGroups, 2, list_type("atomic"), "The API groups; * for all."),
         FIELD(resources, 3, list_type("atomic"), "The resources; * for all."),
         FIELD(resourceNames, 4, list_type("atomic"), "The names of objects; empty for all."))

DESCRIBE(authorization::v1::NonResourceRule, "Paths and what may be done with them.",
         FIELD(verbs, 1, required, list_type("atomic"), "The HTTP verbs; * for all."),
         FIELD(nonResourceURLs, 2, list_type("atomic"), "The paths; * only as the last part."))

DESCRIBE(authorization::v1::SubjectRulesReviewStatus, "What a user may do.",
         FIELD(resourceRules, 1, required, list_type("atomic"), "What is allowed on resources, in no order."),
         FIELD(nonResourceRules, 2, required, list_type("atomic"),
               "What is allowed on other paths, in no order."),
         FIELD(incomplete, 3, required, "True when there may be more that the server cannot list."),
         FIELD(evaluationError, 4, "What went wrong while the rules were looked at."))

DESCRIBE(authorization::v1::SelfSubjectRulesReviewSpec, "Where the question applies.",
         FIELD(namespace_, 1, "The namespace; required."))

DESCRIBE(authorization::v1::SelfSubjectRulesReview,
         "Asks what the caller may do in a namespace (kubectl auth can-i --list).",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The question."), FIELD(status, 3, "The answer."))
