// An HTTP client: keeps connections, speaks HTTP/2 where the server does, streams both ways, upgrades.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "http/message.h"
#include "http/tls.h"
#include "io/epoll_loop.h"
#include "io/net.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

// An answer whose body is still coming. Destroying it cancels the exchange.
class Response {
 public:
  virtual ~Response() = default;
  virtual const ResponseHead& head() const = 0;
  // The next piece; empty when complete. Valid until the next call.
  virtual io::Task<Result<std::string_view>> read_body() = 0;
  virtual io::Task<Result<std::string>> read_whole_body(std::size_t limit_bytes = 64 * 1024 * 1024) = 0;
  // Complete only after the body was read (gRPC status).
  virtual const Headers& trailers() const = 0;
};

// A request body that is written while the answer comes (gRPC streams).
class RequestWriter {
 public:
  virtual ~RequestWriter() = default;
  virtual io::Task<Result<>> write(std::string_view bytes) = 0;
  virtual io::Task<Result<>> finish() = 0;
};

struct ClientSettings {
  io::Address address;                    // an IP address and port, or a unix socket
  std::string authority;                  // Host / :authority; empty: from address
  std::shared_ptr<const TlsContext> tls;  // null: clear text
  std::string server_name;                // for TLS; empty: from authority
  bool http2_prior_knowledge = false;     // clear-text HTTP/2, as gRPC over a unix socket
  Duration connect_timeout = 5s;
  std::size_t idle_connections = 8;
  Duration idle_timeout = 90s;
};

// Makes the transport of a connection: what stands in for the network in tests and inside a process.
using Connector = std::function<io::Task<Result<std::unique_ptr<io::Stream>>>()>;

// Lives on one loop. Requests may run at once; over HTTP/2 they share a connection. A request that finds a
// kept connection closed by the peer before anything was received is tried once more on a new one. Responses
// may outlive it.
class Client {
 public:
  static std::unique_ptr<Client> make(io::EpollLoop& loop, ClientSettings settings);
  // The same over transports that `connector` makes; settings.address only names the peer.
  static std::unique_ptr<Client> make(io::Loop& loop, Connector connector, ClientSettings settings);
  virtual ~Client() = default;
  virtual io::Loop& loop() const = 0;
  // Sends the request with its whole body and resumes when the head of the answer is there.
  virtual io::Task<Result<std::unique_ptr<Response>>> send(RequestHead head, std::string body = {}) = 0;
  // Starts a request whose body is streamed.
  struct Exchange {
    std::unique_ptr<RequestWriter> writer;
    std::function<io::Task<Result<std::unique_ptr<Response>>>()> response;  // call once
  };
  virtual io::Task<Result<Exchange>> open(RequestHead head) = 0;
  // HTTP/1.1 upgrade: the answer's head and, for 101, the raw connection.
  struct Upgraded {
    ResponseHead head;
    std::string body;                    // when refused
    std::unique_ptr<io::Stream> stream;  // null when refused
  };
  virtual io::Task<Result<Upgraded>> upgrade(RequestHead head) = 0;
};

}  // namespace aloft::http
