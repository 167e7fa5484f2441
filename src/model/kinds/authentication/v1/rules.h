// The rules of TokenRequest that its table cannot say; the list of kinds binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::authentication::v1 {

struct TokenRequest;

void validate(const TokenRequest& object, model::FieldErrors& errors);

}  // namespace aloft::authentication::v1
