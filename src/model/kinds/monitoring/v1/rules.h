// The rules of PrometheusRule that its table cannot say; the list of kinds binds them to the kind.
#pragma once

#include "model/field_errors.h"

namespace aloft::monitoring::v1 {

struct PrometheusRule;

void validate(const PrometheusRule& object, model::FieldErrors& errors);

}  // namespace aloft::monitoring::v1
