// Who speaks in the log for the scheduler. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::scheduler {

inline constexpr Log log("scheduler");

}  // namespace aloft::scheduler
