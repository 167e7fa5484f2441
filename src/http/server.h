// Serves HTTP/1.1 and HTTP/2 (by ALPN, or by prior knowledge in clear text) on one listener, with limits on
// everything that a stranger can send.
#pragma once

#include <memory>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "http/handler.h"
#include "http/tls.h"
#include "io/epoll_loop.h"
#include "io/net.h"

namespace aloft::http {

struct ServerSettings {
  std::shared_ptr<const TlsContext> tls;            // null: clear text
  std::size_t header_limit_bytes = 64 * 1024;       // 431 beyond
  std::size_t body_limit_bytes = 16 * 1024 * 1024;  // 413 beyond; handlers may ask for less
  std::size_t connection_limit = 10'000;            // of all loops; further ones are accepted and closed
  std::uint32_t streams_per_connection = 250;       // HTTP/2
  Duration header_timeout = 10s;  // from the first byte to a complete head, and for the handshake
  Duration idle_timeout = 300s;   // between requests
  Duration write_timeout = 60s;   // a peer that reads nothing for so long has gone
  Duration body_timeout = 60s;    // a peer that sends nothing for so long in the middle of a body
  const Clock* clock = nullptr;   // for the Date field; null: answers carry none
};

// A loop that serves connections, with the handler that lives there.
struct Seat {
  io::EpollLoop& loop;
  Handler& handler;
};

// Lives on the loop where it accepts.
class Server {
 public:
  // Listens and serves until destroyed. The handler outlives the server.
  static Result<std::unique_ptr<Server>> start(io::EpollLoop& loop, const io::Address& address,
                                               Handler& handler, const ServerSettings& settings);
  // Accepts on `loop` and spreads connections over the seats; each stays on its loop from then on. Handlers
  // on other loops than `loop` outlive shut_down(), which has to be awaited.
  static Result<std::unique_ptr<Server>> start(io::EpollLoop& loop, const io::Address& address,
                                               const std::vector<Seat>& seats,
                                               const ServerSettings& settings);
  virtual ~Server() = default;
  virtual const io::Address& address() const = 0;  // with the real port
  virtual std::size_t connections() const = 0;
  // Stops accepting, tells peers to go away (Connection: close, GOAWAY), waits for requests in progress at
  // most `grace`, then cancels what is left.
  virtual io::Task<> shut_down(Duration grace) = 0;
};

// Serves a single connection that exists already (in-memory streams in tests).
io::Task<> serve_connection(io::Loop& loop, std::unique_ptr<io::Stream> stream, Handler& handler,
                            ServerSettings settings);

}  // namespace aloft::http
