// Rules for access reviews: one question each, and a subject where it is not the caller.
#include "model/codec.h"
#include "model/kinds/authorization/v1/rules.h"
#include "model/kinds/authorization/v1/subject_access_review.h"
#include "model/kinds/field_checks.h"

namespace aloft::authorization::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

template <class Spec>
void validate_question(const Spec& spec, const FieldPath& path, FieldErrors& errors) {
  if (spec.resourceAttributes && spec.nonResourceAttributes) {
    errors.invalid(path.child("nonResourceAttributes"), model::to_json(*spec.nonResourceAttributes),
                   "cannot be specified in combination with resourceAttributes");
  }
  if (!spec.resourceAttributes && !spec.nonResourceAttributes) {
    errors.invalid(path.child("resourceAttributes"), "null",
                   "exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
}

void validate_subject(const SubjectAccessReviewSpec& spec, const FieldPath& path, FieldErrors& errors) {
  if (spec.user.empty() && spec.groups.empty()) {
    errors.invalid_string(path.child("user"), spec.user, "at least one of user or group must be specified");
  }
}

}  // namespace

void validate(const SubjectAccessReview& review, FieldErrors& errors) {
  const FieldPath path("spec");
  validate_question(review.spec, path, errors);
  validate_subject(review.spec, path, errors);
}

void validate(const SelfSubjectAccessReview& review, FieldErrors& errors) {
  validate_question(review.spec, FieldPath("spec"), errors);
}

void validate(const LocalSubjectAccessReview& review, FieldErrors& errors) {
  const FieldPath path("spec");
  validate_question(review.spec, path, errors);
  validate_subject(review.spec, path, errors);
  const FieldPath resource = path.child("resourceAttributes");
  if (review.spec.resourceAttributes &&
      review.spec.resourceAttributes->namespace_ != review.metadata.namespace_) {
    errors.invalid_string(resource.child("namespace"), review.spec.resourceAttributes->namespace_,
                          "must match metadata.namespace");
  }
  if (review.spec.nonResourceAttributes) {
    errors.invalid(path.child("nonResourceAttributes"), model::to_json(*review.spec.nonResourceAttributes),
                   "disallowed on this kind of request");
  }
}

}  // namespace aloft::authorization::v1
