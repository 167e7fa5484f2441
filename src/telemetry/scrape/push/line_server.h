// Lines over UDP and TCP: Graphite's and StatsD's way in.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/epoll_loop.h"
#include "io/net.h"
#include "io/scope.h"

namespace aloft::telemetry::scrape {

// Lives on one loop. A line is at most 64 KiB; a connection that sends a longer one is closed.
class LineServer {
 public:
  // Gets whole lines, several at a time. `patient`: the sender waits until it returns, so it may wait for
  // room; what comes over UDP then is lost.
  using Take = std::function<io::Task<>(std::string lines, bool patient)>;
  LineServer(io::EpollLoop& loop, Take take) : loop_(loop), take_(std::move(take)), scope_(loop) {}
  // Begins to listen; gives the real address. Error: the system's.
  Result<io::Address> listen_udp(const io::Address& address);
  Result<io::Address> listen_tcp(const io::Address& address);

 private:
  io::Task<> receive(std::unique_ptr<io::Descriptor> socket);
  io::Task<> accept(std::unique_ptr<io::Listener> listener);
  io::Task<> serve(std::unique_ptr<io::Stream> stream);

  io::EpollLoop& loop_;
  Take take_;
  std::size_t connections_ = 0;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
