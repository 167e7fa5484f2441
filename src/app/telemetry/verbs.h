// The verbs of telemetry, for the one table of the command line.
#pragma once

#include <vector>

#include "app/command_line.h"

namespace aloft::app {

void append_telemetry_verbs(std::vector<Verb>& all);

}  // namespace aloft::app
