// Who speaks in the log for logs. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::logs {

inline constexpr Log logger("logs");

}  // namespace aloft::telemetry::logs
