// What each field of subject_access_review.h means, and how it is written, merged and defaulted.
#include "model/kinds/authorization/v1/subject_access_review.h"

DESCRIBE(authorization::v1::ExtraValue, "",
    FIELD(items, 1, inlined))

DESCRIBE(authorization::v1::FieldSelectorAttributes, "",
    FIELD(rawSelector, 1),
    FIELD(requirements, 2, list_type("atomic")))

DESCRIBE(authorization::v1::LabelSelectorAttributes, "",
    FIELD(rawSelector, 1),
    FIELD(requirements, 2, list_type("atomic")))

DESCRIBE(authorization::v1::ResourceAttributes, "",
    FIELD(namespace_, 1),
    FIELD(verb, 2),
    FIELD(group, 3),
    FIELD(version, 4),
    FIELD(resource, 5),
    FIELD(subresource, 6),
    FIELD(name, 7),
    FIELD(fieldSelector, 8),
    FIELD(labelSelector, 9))

DESCRIBE(authorization::v1::NonResourceAttributes, "",
    FIELD(path, 1),
    FIELD(verb, 2))

DESCRIBE(authorization::v1::SubjectAccessReviewSpec, "",
    FIELD(resourceAttributes, 1),
    FIELD(nonResourceAttributes, 2),
    FIELD(user, 3),
    FIELD(groups, 4, list_type("atomic")),
    FIELD(extra, 5),
    FIELD(uid, 6))

DESCRIBE(authorization::v1::SelfSubjectAccessReviewSpec, "",
    FIELD(resourceAttributes, 1),
    FIELD(nonResourceAttributes, 2))

DESCRIBE(authorization::v1::SubjectAccessReviewStatus, "",
    FIELD(allowed, 1, required),
    FIELD(denied, 4),
    FIELD(reason, 2),
    FIELD(evaluationError, 3))

DESCRIBE(authorization::v1::SubjectAccessReview, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required),
    FIELD(status, 3))

DESCRIBE(authorization::v1::SelfSubjectAccessReview, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required),
    FIELD(status, 3))

DESCRIBE(authorization::v1::LocalSubjectAccessReview, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required),
    FIELD(status, 3))
