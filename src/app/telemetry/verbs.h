// The verbs of telemetry, for the one table of the command line.
#pragma once

#include <vector>

#include "app/command_line.h"

namespace aloft::app {

// What telemetry is told with and without a cloud; telemetry_settings() and its like read them.
std::vector<Option> telemetry_options();

void append_telemetry_verbs(std::vector<Verb>& all);

}  // namespace aloft::app
