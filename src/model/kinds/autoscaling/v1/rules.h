// The rules of Scale that its table cannot say; the list of kinds binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::autoscaling::v1 {

struct Scale;

void validate(const Scale& object, model::FieldErrors& errors);

}  // namespace aloft::autoscaling::v1
