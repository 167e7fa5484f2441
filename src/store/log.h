// Who speaks in the log for the store. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::store {

inline constexpr Log log("store");

}  // namespace aloft::store
