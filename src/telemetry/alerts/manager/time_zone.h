// The time zones of telemetry/core under the name that alerts use.
#pragma once

#include "telemetry/core/time_zone.h"

namespace aloft::telemetry::alerts {

using telemetry::TimeZone;

}  // namespace aloft::telemetry::alerts
