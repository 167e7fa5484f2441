// Who speaks in the log for alerts. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::alerts {

inline constexpr Log log("alerts");

}  // namespace aloft::telemetry::alerts
