// What this machine is called and where it is.
#pragma once

#include <string>

namespace aloft::app {

// The host's name in lower case, as node names must be.
std::string host_name();
// The address that traffic to elsewhere would come from, found without sending anything; `otherwise` on a
// machine without a way out.
std::string machine_address(const std::string& otherwise);
// The folder of the running program.
std::string program_folder();

}  // namespace aloft::app
