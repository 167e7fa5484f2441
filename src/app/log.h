// Who speaks in the log for the machine and its cloud. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::app {

inline constexpr Log log("app");

}  // namespace aloft::app
