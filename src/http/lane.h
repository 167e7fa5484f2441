// One loop of a server: the connections that were handed to it, served by the handler that lives there.
#pragma once

#include <atomic>
#include <memory>

#include "http/server.h"
#include "http/service.h"
#include "io/event.h"
#include "io/scope.h"

namespace aloft::http::detail {

// Made on any loop; everything else happens on its own, but for connections(). Ended there too, by
// shut_down() or by dropping it.
class Lane {
 public:
  Lane(io::EpollLoop& loop, Handler& handler, ServerSettings settings);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  io::EpollLoop& loop() const { return loop_; }
  // Connections that it has, and that are on their way to it. Any thread.
  std::size_t connections() const { return open_.load(std::memory_order_relaxed); }
  // Counts a connection before it is handed over, so that several that come at once are spread.
  void expect() { open_.fetch_add(1, std::memory_order_relaxed); }
  // Serves an expected connection until it ends.
  void take(io::Listener::Incoming incoming);
  // Tells peers to go away, waits for requests in progress at most `grace`, then cancels what is left.
  io::Task<> shut_down(Duration grace);

 private:
  io::Task<> connection(std::unique_ptr<io::Stream> stream, io::Address peer);

  io::EpollLoop& loop_;
  Service service_;
  std::atomic<std::size_t> open_{0};
  io::WaitList ended_;
  io::Scope connections_;
};

// Serves one connection: the handshake, then whichever protocol was chosen.
io::Task<> serve_stream(Service& service, std::unique_ptr<io::Stream> stream, io::Address address);

}  // namespace aloft::http::detail
