// What each field of token_review.h means, and how it is written, merged and defaulted.
#include "model/kinds/authentication/v1/token_review.h"

DESCRIBE(authentication::v1::ExtraValue, "The values of one extra attribute of a user.",
         FIELD(items, 1, inlined))

DESCRIBE(authentication::v1::UserInfo, "Who a user is.",
         FIELD(username, 1, "The name, unique among active users."),
         FIELD(uid, 2, "An id that tells a user from a later one of the same name."),
         FIELD(groups, 3, list_type("atomic"), "The groups the user belongs to."),
         FIELD(extra, 4, "Further attributes from the authenticator."))

DESCRIBE(authentication::v1::TokenReviewSpec, "The token to look at.", FIELD(token, 1, "The bearer token."),
         FIELD(audiences, 2, list_type("atomic"),
               "For whom the token should be meant; default is the API server itself."))

DESCRIBE(authentication::v1::TokenReviewStatus, "What the token says.",
         FIELD(authenticated, 1, "True when the token is good."), FIELD(user, 2, "Whose token it is."),
         FIELD(audiences, 4, list_type("atomic"), "The audiences asked for that the token is good for."),
         FIELD(error, 3, "Why the token could not be checked."))

DESCRIBE(authentication::v1::TokenReview, "Asks whose token this is.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The token."), FIELD(status, 3, "The answer."))

DESCRIBE(authentication::v1::SelfSubjectReviewStatus, "Who the caller is.",
         FIELD(userInfo, 1, "Name, groups and attributes of the caller."))

DESCRIBE(authentication::v1::SelfSubjectReview, "Asks who the caller is (kubectl auth whoami).",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(status, 2, "The answer."))
