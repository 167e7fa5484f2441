// One request to a handler without a connection, for tests of routes whose work runs on a pool.
#pragma once

#include <string>
#include <string_view>

#include "http/handler.h"
#include "io/epoll_loop.h"

namespace aloft::telemetry::traces::testing {

// `request`: a request as HTTP/1.1 writes it, body included. Gives the answer in the same form.
std::string fetch(io::EpollLoop& loop, http::Handler& handler, std::string_view request);

}  // namespace aloft::telemetry::traces::testing
