// Who speaks in the log for what is pushed. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::scrape {

inline constexpr Log push_log("push");

}  // namespace aloft::telemetry::scrape
