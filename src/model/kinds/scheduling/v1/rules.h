// The rules of PriorityClass that its table cannot say; the list of kinds binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::scheduling::v1 {

struct PriorityClass;

void validate(const PriorityClass& object, model::FieldErrors& errors);
void validate_update(const PriorityClass& object, const PriorityClass& old, model::FieldErrors& errors);

}  // namespace aloft::scheduling::v1
