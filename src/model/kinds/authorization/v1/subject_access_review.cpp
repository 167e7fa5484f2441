// What each field of subject_access_review.h means, and how it is written, merged and defaulted.
#include "model/kinds/authorization/v1/subject_access_review.h"

DESCRIBE(authorization::v1::ExtraValue, "The values of one extra attribute of a user.",
         FIELD(items, 1, inlined))

DESCRIBE(authorization::v1::FieldSelectorAttributes, "The field selector that the call in question carries.",
         FIELD(rawSelector, 1, "The selector as text; not with requirements."),
         FIELD(requirements, 2, list_type("atomic"), "The selector as conditions; not with rawSelector."))

DESCRIBE(authorization::v1::LabelSelectorAttributes, "The label selector that the call in question carries.",
         FIELD(rawSelector, 1, "The selector as text; not with requirements."),
         FIELD(requirements, 2, list_type("atomic"), "The selector as conditions; not with rawSelector."))

DESCRIBE(authorization::v1::ResourceAttributes, "A call on a resource.",
         FIELD(namespace_, 1,
               "The namespace of the call; empty for all namespaces or a cluster-scoped kind."),
         FIELD(verb, 2, "The verb: get, list, watch, create, update, patch, delete, or * for all."),
         FIELD(group, 3, "The API group; * for all."), FIELD(version, 4, "The API version; * for all."),
         FIELD(resource, 5, "The resource, such as pods; * for all."),
         FIELD(subresource, 6, "The subresource; empty for none."),
         FIELD(name, 7, "The name of the object; empty for all."),
         FIELD(fieldSelector, 8, "The field selector of the call."),
         FIELD(labelSelector, 9, "The label selector of the call."))

DESCRIBE(authorization::v1::NonResourceAttributes, "A call on a path that is no resource.",
         FIELD(path, 1, "The path."), FIELD(verb, 2, "The HTTP verb in lower case."))

DESCRIBE(authorization::v1::SubjectAccessReviewSpec, "The call in question and the user.",
         FIELD(resourceAttributes, 1, "A call on a resource; this or nonResourceAttributes is required."),
         FIELD(nonResourceAttributes, 2, "A call on another path."), FIELD(user, 3, "The name of the user."),
         FIELD(groups, 4, list_type("atomic"), "The groups of the user."),
         FIELD(extra, 5, "Further attributes of the user."), FIELD(uid, 6, "The uid of the user."))

DESCRIBE(authorization::v1::SelfSubjectAccessReviewSpec, "The call in question.",
         FIELD(resourceAttributes, 1, "A call on a resource; this or nonResourceAttributes is required."),
         FIELD(nonResourceAttributes, 2, "A call on another path."))

DESCRIBE(authorization::v1::SubjectAccessReviewStatus, "The answer of an access review.",
         FIELD(allowed, 1, required, "True when the call is allowed."),
         FIELD(denied, 4, "True when it is forbidden outright, not merely unmentioned."),
         FIELD(reason, 2, "Why, in words."),
         FIELD(evaluationError, 3,
               "What went wrong while the rules were looked at; the answer counts all the same."))

DESCRIBE(authorization::v1::SubjectAccessReview, "Asks whether a user may make a call.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The question."), FIELD(status, 3, "The answer."))

DESCRIBE(authorization::v1::SelfSubjectAccessReview,
         "Asks whether the caller may make a call (kubectl auth can-i).",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The question."), FIELD(status, 3, "The answer."))

DESCRIBE(authorization::v1::LocalSubjectAccessReview,
         "Asks whether a user may make a call in the namespace of the review.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The question; its namespace must be that of the review."),
         FIELD(status, 3, "The answer."))
