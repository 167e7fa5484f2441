// Selectors as objects carry them, turned into selectors that match.
#pragma once

#include <string>

#include "base/result.h"
#include "model/kinds/meta/v1/label_selector.h"
#include "model/selectors.h"

namespace aloft::meta::v1 {

// Both forms together. An empty selector matches everything; what an absent one means is the field's affair.
// Error: invalid, for an operator that is none of In, NotIn, Exists, DoesNotExist.
Result<model::LabelSelector> to_selector(const LabelSelector& selector);

// The query form, "app=d,tier in (a,b)"; empty when the selector is not valid.
std::string to_selector_text(const LabelSelector& selector);

}  // namespace aloft::meta::v1
