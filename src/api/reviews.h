// Questions about access that clients ask by creating an object: may I, may somebody, what may I, who am I,
// whose token is this.
#pragma once

#include <string>

#include "api/authentication.h"
#include "api/user.h"
#include "base/time.h"
#include "model/kind.h"

namespace aloft::api {

// Fills the status of a review of one of the kinds SelfSubjectAccessReview, SubjectAccessReview,
// LocalSubjectAccessReview, SelfSubjectRulesReview, SelfSubjectReview, TokenReview.
void answer_review(const model::KindInfo& kind, const std::string& ns, void* review, const User& user,
                   const Authentication& authentication, WallTime now);

}  // namespace aloft::api
