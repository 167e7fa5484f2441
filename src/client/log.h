// Who speaks in the log for clients. For this module's sources only.
#pragma once

#include "base/log.h"

namespace aloft::client {

inline constexpr Log log("client");

}  // namespace aloft::client
