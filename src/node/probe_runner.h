// Runs probes and hooks for real: HTTP, TCP and gRPC from this machine, commands inside the container.
#pragma once

#include <memory>

#include "io/epoll_loop.h"
#include "node/pod_services.h"
#include "node/runtime.h"

namespace aloft::node {

// Lives on one loop; the runtime outlives it.
std::unique_ptr<ProbeRunner> make_probe_runner(io::EpollLoop& loop, Runtime& runtime);

}  // namespace aloft::node
