// Who speaks in the log for telemetry as a whole. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::app {

inline constexpr Log telemetry_log("telemetry");

}  // namespace aloft::app
