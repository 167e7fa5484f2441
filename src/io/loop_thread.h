// A loop with a thread of its own. What lives on the loop is made and destroyed there, through post() or
// run_on().
#pragma once

#include <cstddef>
#include <string>
#include <thread>

#include "io/epoll_loop.h"

namespace aloft::io {

// Cores that this process may use; at least one.
std::size_t usable_cores();

class LoopThread {
 public:
  // `name` is shown by top and perf; at most 15 characters count.
  explicit LoopThread(std::string name);
  // Stops the loop and waits for its thread. Nothing may live on the loop any more.
  ~LoopThread();
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  EpollLoop& loop() { return loop_; }

 private:
  EpollLoop loop_;
  std::thread thread_;
};

}  // namespace aloft::io
