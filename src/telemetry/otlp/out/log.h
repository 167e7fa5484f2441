// Who speaks in the log for what is sent to other servers. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::otlp {

inline constexpr Log log("otlp");

}  // namespace aloft::telemetry::otlp
