// The rules of TokenRequest that its table cannot say; all.cpp binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::authentication::v1 {

struct TokenRequest;

void validate(const TokenRequest& object, model::FieldErrors& errors);

}  // namespace aloft::authentication::v1
