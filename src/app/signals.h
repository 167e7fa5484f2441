// The signals that ask the process to end, as something to wait for.
#pragma once

#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::app {

// Blocks SIGINT and SIGTERM for this thread and those started after it; make it before any other thread.
// Lives on the main loop.
class Signals {
 public:
  explicit Signals(io::EpollLoop& loop);
  // Resumes when one has come.
  io::Task<> wait();

 private:
  io::Descriptor descriptor_;
};

}  // namespace aloft::app
