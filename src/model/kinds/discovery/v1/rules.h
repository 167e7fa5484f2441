// The rules of EndpointSlice that its table cannot say; the list of kinds binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::discovery::v1 {

struct EndpointSlice;

void validate(const EndpointSlice& slice, model::FieldErrors& errors);
void validate_update(const EndpointSlice& slice, const EndpointSlice& old, model::FieldErrors& errors);

}  // namespace aloft::discovery::v1
