// The rules of Lease that its table cannot say; the list of kinds binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::coordination::v1 {

struct Lease;

void validate(const Lease& object, model::FieldErrors& errors);

}  // namespace aloft::coordination::v1
