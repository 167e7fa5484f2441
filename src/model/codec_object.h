// The value behind a pointer whose type a table tells. For this module's sources only.
#pragma once

#include "model/type_info.h"

namespace aloft::model {

template <class T>
const T& as(const void* object) {
  return *static_cast<const T*>(object);
}

template <class T>
T& as(void* object) {
  return *static_cast<T*>(object);
}

// Numbers and booleans: what the binary form may pack.
inline bool is_number(Kind kind) { return kind <= Kind::float64; }

}  // namespace aloft::model
