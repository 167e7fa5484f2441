// --log-level and --log-format, which every long-running command has.
#pragma once

#include <functional>

#include "app/command_line.h"
#include "base/log.h"
#include "base/result.h"

namespace aloft::app {

// Configures the log before threads exist. `sink` may be empty: standard error. Error: invalid, naming the
// option.
Result<> set_up_log(const Invocation& call, std::function<void(Level, std::string_view)> sink = {});

}  // namespace aloft::app
