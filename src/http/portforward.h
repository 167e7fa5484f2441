// Forwarded ports: connections to ports of a machine elsewhere, multiplexed over one SPDY session, which may
// itself be tunnelled in a WebSocket, or over the messages of a WebSocket. Each connection is a pair of
// streams: its bytes, and one that tells why it failed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "http/client.h"
#include "http/handler.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

// One connection. On the server's side: copy between `data` and the port, write a sentence to `error` when
// that fails, half-close both at the end. Destroying it resets what is still open.
struct ForwardedConnection {
  std::uint16_t port = 0;
  std::unique_ptr<io::Stream> data;
  std::unique_ptr<io::Stream> error;
};

// The server's end. Lives on one loop.
class PortForwardServer {
 public:
  virtual ~PortForwardServer() = default;
  // The next connection, once both of its streams are there; nullopt when the client has gone. Streams
  // without a valid port, kind and request id are reset; of more than 64 halves that wait the oldest is.
  virtual io::Task<std::optional<ForwardedConnection>> accept() = 0;
};

// Upgrades as the request wants: WebSocket with SPDY/3.1+portforward.k8s.io or with channels for the ports
// that the query names (v4.channel.k8s.io, v4.base64.channel.k8s.io, or no protocol), or SPDY/3.1 with
// portforward.k8s.io. After an error the responder is unused unless responder.begun(). Errors: bad_request,
// forbidden, the transport's. `random` outlives it.
io::Task<Result<std::unique_ptr<PortForwardServer>>> accept_portforward(io::Loop& loop, Request& request,
                                                                        Responder& responder, Random& random);

// The client's end, towards a container runtime. Lives on one loop.
class PortForwardClient {
 public:
  virtual ~PortForwardClient() = default;
  // Errors: timeout after 30 s, the session's. Several may be opened at once.
  virtual io::Task<Result<ForwardedConnection>> open(std::uint16_t port) = 0;
};

// Connects over SPDY/3.1 to the streaming address `target` (path and query). Errors: the refusal's, the
// transport's.
io::Task<Result<std::unique_ptr<PortForwardClient>>> connect_portforward(Client& client, std::string target);

// Carries each connection of the server's end over the client's end until the server's client has gone. A
// connection that cannot be opened tells so on its error stream; the others go on.
io::Task<> proxy_portforward(io::Loop& loop, PortForwardServer& server, PortForwardClient& client);

}  // namespace aloft::http
