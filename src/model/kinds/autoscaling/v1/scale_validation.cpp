// Rules for the scale subresource.
#include "model/kinds/autoscaling/v1/rules.h"
#include "model/kinds/autoscaling/v1/scale.h"
#include "model/kinds/field_checks.h"

namespace aloft::autoscaling::v1 {

void validate(const Scale& scale, model::FieldErrors& errors) {
  const model::FieldPath spec("spec");
  model::expect_not_negative(errors, spec.child("replicas"), scale.spec.replicas);
}

}  // namespace aloft::autoscaling::v1
