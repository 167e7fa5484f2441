// Named time intervals of the configuration: when a route is muted or active.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "telemetry/alerts/config/fields.h"
#include "telemetry/alerts/manager/time_zone.h"

namespace aloft::telemetry::alerts {

// One alternative; a part that is empty is no condition. Ranges are inclusive, but for the end of a time.
struct TimeInterval {
  struct Range {
    int begin = 0;
    int end = 0;
  };
  std::vector<Range> times;          // minutes of the day
  std::vector<Range> weekdays;       // 0 is Sunday
  std::vector<Range> days_of_month;  // negative: from the end
  std::vector<Range> months;
  std::vector<Range> years;
  TimeZone zone;

  bool contains(WallTime time) const;
};

// Mistakes name line and value.
TimeInterval read_time_interval(const YamlNode& node, Mistakes& mistakes);

}  // namespace aloft::telemetry::alerts
