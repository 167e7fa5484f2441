// Who speaks in the log for traces. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::traces {

inline constexpr Log trace_log("traces");

}  // namespace aloft::telemetry::traces
