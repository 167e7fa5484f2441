// Who speaks in the log for sampling. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::traces {

inline constexpr Log log_line("telemetry.traces");

}  // namespace aloft::telemetry::traces
