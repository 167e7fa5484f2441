// Answers to reviews, from the same authorization as requests.
#include "api/reviews.h"

#include "api/authorization.h"
#include "model/kinds/authentication/v1/token_review.h"
#include "model/kinds/authorization/v1/self_subject_rules_review.h"
#include "model/kinds/authorization/v1/subject_access_review.h"

namespace aloft::api {
namespace {

using namespace authorization::v1;
using authentication::v1::SelfSubjectReview;
using authentication::v1::TokenReview;
using authentication::v1::UserInfo;

Action asked_about(const model::Box<ResourceAttributes>& resource,
                   const model::Box<NonResourceAttributes>& path) {
  Action action;
  if (resource) {
    action.verb = resource->verb;
    action.group = resource->group;
    action.resource = resource->resource;
    action.subresource = resource->subresource;
    action.ns = resource->namespace_;
    action.name = resource->name;
  } else if (path) {
    action.is_resource = false;
    action.verb = path->verb;
    action.path = path->path;
  }
  return action;
}

SubjectAccessReviewStatus judge(const User& user, const Action& action) {
  const Verdict verdict = authorize(user, action);
  SubjectAccessReviewStatus status;
  status.allowed = verdict.allowed;
  // Administrators are allowed everything without a rule that says so.
  if (!user.in_group("system:masters")) status.reason = verdict.reason;
  return status;
}

User subject_of(const SubjectAccessReviewSpec& spec) {
  User user;
  user.name = spec.user;
  user.uid = spec.uid;
  user.groups = spec.groups;
  return user;
}

UserInfo info_of(const User& user) {
  UserInfo info;
  info.username = user.name;
  info.uid = user.uid;
  info.groups = user.groups;
  for (const auto& [key, values] : user.extra) info.extra[key].items = values;
  return info;
}

SubjectRulesReviewStatus rules_of(const User& user) {
  SubjectRulesReviewStatus status;
  if (user.in_group("system:masters")) {
    status.resourceRules.push_back({{"*"}, {"*"}, {"*"}, {}});
    status.nonResourceRules.push_back({{"*"}, {"*"}});
  }
  status.resourceRules.push_back(
      {{"create"}, {"authorization.k8s.io"}, {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}, {}});
  status.resourceRules.push_back({{"create"}, {"authentication.k8s.io"}, {"selfsubjectreviews"}, {}});
  status.nonResourceRules.push_back({{"get"},
                                     {"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi",
                                      "/openapi/*", "/readyz", "/version", "/version/"}});
  return status;
}

void answer_token(TokenReview& review, const Authentication& authentication) {
  auto user = authentication.authenticate_token(review.spec.token, review.spec.audiences);
  review.status.authenticated = user.has_value();
  if (user) {
    review.status.user = info_of(*user);
    review.status.audiences = review.spec.audiences;
  } else if (!review.spec.token.empty()) {
    review.status.error = "[invalid bearer token]";
  }
}

}  // namespace

void answer_review(const model::KindInfo& kind, const std::string& ns, void* review, const User& user,
                   const Authentication& authentication, WallTime now) {
  if (kind.kind == "SelfSubjectAccessReview") {
    auto& asked = *static_cast<SelfSubjectAccessReview*>(review);
    asked.status = judge(user, asked_about(asked.spec.resourceAttributes, asked.spec.nonResourceAttributes));
  } else if (kind.kind == "SubjectAccessReview") {
    auto& asked = *static_cast<SubjectAccessReview*>(review);
    asked.status = judge(subject_of(asked.spec),
                         asked_about(asked.spec.resourceAttributes, asked.spec.nonResourceAttributes));
  } else if (kind.kind == "LocalSubjectAccessReview") {
    auto& asked = *static_cast<LocalSubjectAccessReview*>(review);
    asked.metadata.namespace_ = ns;
    asked.status = judge(subject_of(asked.spec),
                         asked_about(asked.spec.resourceAttributes, asked.spec.nonResourceAttributes));
  } else if (kind.kind == "SelfSubjectRulesReview") {
    auto& asked = *static_cast<SelfSubjectRulesReview*>(review);
    asked.spec = {};
    asked.status = rules_of(user);
  } else if (kind.kind == "SelfSubjectReview") {
    auto& asked = *static_cast<SelfSubjectReview*>(review);
    asked.metadata.creationTimestamp = now;
    asked.status.userInfo = info_of(user);
  } else if (kind.kind == "TokenReview") {
    answer_token(*static_cast<TokenReview*>(review), authentication);
  }
}

}  // namespace aloft::api
