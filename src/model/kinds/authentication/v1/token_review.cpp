// What each field of token_review.h means, and how it is written, merged and defaulted.
#include "model/kinds/authentication/v1/token_review.h"

DESCRIBE(authentication::v1::ExtraValue, "",
    FIELD(items, 1, inlined))

DESCRIBE(authentication::v1::UserInfo, "",
    FIELD(username, 1),
    FIELD(uid, 2),
    FIELD(groups, 3, list_type("atomic")),
    FIELD(extra, 4))

DESCRIBE(authentication::v1::TokenReviewSpec, "",
    FIELD(token, 1),
    FIELD(audiences, 2, list_type("atomic")))

DESCRIBE(authentication::v1::TokenReviewStatus, "",
    FIELD(authenticated, 1),
    FIELD(user, 2),
    FIELD(audiences, 4, list_type("atomic")),
    FIELD(error, 3))

DESCRIBE(authentication::v1::TokenReview, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required),
    FIELD(status, 3))

DESCRIBE(authentication::v1::SelfSubjectReviewStatus, "",
    FIELD(userInfo, 1))

DESCRIBE(authentication::v1::SelfSubjectReview, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(status, 2))
