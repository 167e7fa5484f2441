// Random documents for property tests.
#pragma once

#include "model/value.h"

namespace aloft::model::testing {

// Any document of bounded depth: all types, odd strings and keys. For use inside rc::check.
Value random_document();

}  // namespace aloft::model::testing
