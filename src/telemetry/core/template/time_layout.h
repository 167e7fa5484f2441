// Go's time layouts, which spell a form by the reference time "Mon Jan 2 15:04:05 MST 2006".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace aloft::telemetry::templates {

// The time in UTC, or shifted by `offset` whose zone is called `zone`.
std::string format_go_time(WallTime time, std::string_view layout, Duration offset = {},
                           std::string_view zone = "UTC");
// Error: invalid, naming text and layout. Times without a zone are UTC; of zone names only UTC, GMT and Z
// count.
Result<WallTime> parse_go_time(std::string_view layout, std::string_view text);

}  // namespace aloft::telemetry::templates
