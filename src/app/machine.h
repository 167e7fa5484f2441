// What this machine is called and where it is.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::app {

// The host's name in lower case, as node names must be.
std::string host_name();
// The address that traffic to elsewhere would come from, found without sending anything; `otherwise` on a
// machine without a way out.
std::string machine_address(const std::string& otherwise);
// Held while a cloud looks for addresses that are free on this machine and takes them; others wait so long.
class MachineLock {
 public:
  MachineLock() = default;
  // Error: timeout after 30 s; unavailable, naming the file.
  static io::Task<Result<MachineLock>> take(io::EpollLoop& loop);
  MachineLock(MachineLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  MachineLock& operator=(MachineLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~MachineLock() { release(); }
  void release();

 private:
  explicit MachineLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// The folder of the running program.
std::string program_folder();

}  // namespace aloft::app
