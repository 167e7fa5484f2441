// The rules of Lease that its table cannot say; all.cpp binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::coordination::v1 {

struct Lease;

void validate(const Lease& object, model::FieldErrors& errors);

}  // namespace aloft::coordination::v1
