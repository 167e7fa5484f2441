// The rules of access reviews that their tables cannot say; the list of kinds binds them to the kinds.
#pragma once

#include "model/field_errors.h"

namespace aloft::authorization::v1 {

struct LocalSubjectAccessReview;
struct SelfSubjectAccessReview;
struct SubjectAccessReview;

void validate(const LocalSubjectAccessReview& review, model::FieldErrors& errors);
void validate(const SelfSubjectAccessReview& review, model::FieldErrors& errors);
void validate(const SubjectAccessReview& review, model::FieldErrors& errors);

}  // namespace aloft::authorization::v1
