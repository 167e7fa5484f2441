// Hands scripts to nft, which loads each in one transaction: all of it or nothing.
#pragma once

#include <string>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::network {

// Error: internal with what nft says, which names the line.
io::Task<Result<>> load_ruleset(io::EpollLoop& loop, std::string script);

}  // namespace aloft::network
