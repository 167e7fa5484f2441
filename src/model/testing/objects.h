// Random objects of described types for property tests.
#pragma once

#include "model/type_info.h"

namespace aloft::model::testing {

// Fills an empty object: any subset of its fields, short lists and maps, values that repeat often. For use
// inside rc::check.
void fill_at_random(const TypeInfo& type, void* object);

}  // namespace aloft::model::testing
