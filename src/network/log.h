// Who speaks in the log for the network. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::network {

inline constexpr Log log("network");

}  // namespace aloft::network
