// What the traces are told: which are kept, and the ports of the products that send and ask for them.
#pragma once

#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/telemetry/settings.h"
#include "base/result.h"
#include "telemetry/traces/derive/sampling.h"

namespace aloft::app {

// Options of `aloft telemetry` for ports that `aloft up` opens without being told.
std::vector<Option> trace_port_options();
// The ports that options ask for. Error: invalid, naming the option.
Result<std::vector<UsualPort>> trace_ports(const Invocation& call);
// The ports that clients expect, on the loopback address.
std::vector<UsualPort> usual_trace_ports();
// Reads the file of --traces-config; without one every trace is kept. Error: naming the file and what is
// wrong.
Result<telemetry::traces::SamplingSettings> load_sampling(const std::string& path);

}  // namespace aloft::app
