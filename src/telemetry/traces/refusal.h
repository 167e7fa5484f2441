// How requests about traces are refused. For this module's sources only.
#pragma once

#include "base/result.h"
#include "io/task.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::traces {

// Bad requests are 400 here, whatever the code is elsewhere, and get the message as text.
io::Task<> refuse(Exchange& exchange, Error error);

}  // namespace aloft::telemetry::traces
