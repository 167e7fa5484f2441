// One HTTP/2 connection of a server: many requests at once, each with a handler task of its own.
#pragma once

#include <memory>

#include "http/http1_server.h"
#include "http/service.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http::detail {

// Serves until the connection ends. `start` holds what was read of it already, beginning with the preface.
io::Task<> serve_http2(Service& service, Handover start, const Peer& peer);

}  // namespace aloft::http::detail
