// What a server calls for each request. One interface for the API server, telemetry, the node's streaming
// server and tests; HTTP/1.1 and HTTP/2 look the same through it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "http/message.h"
#include "io/loop.h"
#include "io/net.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

// The request as it arrives. Valid until handle() returns.
class Request {
 public:
  virtual ~Request() = default;
  virtual const RequestHead& head() const = 0;
  // The next piece of the body; empty when it is complete. Error: the peer broke off (cancelled) or sent more
  // than the server's body limit (too_large). The bytes are valid until the next call.
  virtual io::Task<Result<std::string_view>> read_body() = 0;
  // The whole body. Error as above, and too_large beyond `limit_bytes`.
  virtual io::Task<Result<std::string>> read_whole_body(std::size_t limit_bytes) = 0;
  virtual const io::Address& peer() const = 0;
  // Null without TLS or without a verified client certificate.
  virtual const PeerCertificate* certificate() const = 0;
  virtual bool secure() const = 0;
  virtual int http_major() const = 0;  // 1 or 2
};

// The answer, sent once: either send(), or begin() followed by write() ... finish(), or upgrade(). Every
// write waits while the peer's window or socket is full; an error means that the peer has gone, and the
// handler should return.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual io::Task<Result<>> send(ResponseHead head, SharedBytes body) = 0;
  io::Task<Result<>> send(ResponseHead head, std::string body) {
    return send(std::move(head), SharedBytes(std::move(body)));
  }
  // Starts a streamed answer (chunked in HTTP/1.1). Heads that carry Content-Length are sent as they are.
  virtual io::Task<Result<>> begin(ResponseHead head) = 0;
  // Sent at once, not gathered. SharedBytes are not copied on their way to the socket where TLS allows.
  virtual io::Task<Result<>> write(SharedBytes bytes) = 0;
  virtual io::Task<Result<>> finish(Headers trailers = {}) = 0;
  // Sends `head` (status 101) and gives the raw connection, with what the peer has already sent (HTTP/1.1
  // only; error otherwise).
  virtual io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(ResponseHead head) = 0;
  virtual bool begun() const = 0;
  // co_await gone(): resumes when the peer has gone; for handlers that wait for something else than the
  // socket (a watch). At most one task waits.
  virtual io::Task<> gone() = 0;
};

// Lives on the loop of its server. handle() may run many times at once; dropping its Task (the connection
// broke, the server stops) cancels it. A handler that returns without an answer makes the server send 500.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual io::Task<> handle(Request& request, Responder& responder) = 0;
};

}  // namespace aloft::http
