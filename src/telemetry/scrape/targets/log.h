// Who speaks in the log for scrapes. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::telemetry::scrape {

inline constexpr Log scrape_log("scrape");

}  // namespace aloft::telemetry::scrape
