// StatsD's lines: name:value|type[|@rate][|#tag:value,...], with several values as name:1:2|c, and tags also
// as name,tag=value. Source: the StatsD metric export specification; DogStatsD's datagram format.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "telemetry/core/labels.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {

struct StatsdEvent {
  enum class Kind : std::uint8_t { counter, gauge, timer, distribution, set };
  Kind kind = Kind::counter;
  Labels series;            // with the metric's name; what no name may hold is an underscore
  double value = 0;         // timers: seconds
  double rate = 1;          // the share of events that are reported
  bool relative = false;    // a gauge that is raised or lowered
  std::string_view member;  // of a set; valid during the call
};

// `take` gets each event. Events and service checks of DogStatsD (_e, _sc) are passed over; a damaged line is
// counted and left out.
void read_statsd_lines(std::string_view text, const std::function<void(const StatsdEvent&)>& take,
                       Rejections& rejections);

}  // namespace aloft::telemetry::scrape
