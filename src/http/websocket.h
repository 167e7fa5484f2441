// WebSocket (RFC 6455): the codec, and a connection over a stream that was upgraded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "http/handler.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

struct WebSocketMessage {
  enum class Kind { text, binary } kind = Kind::binary;
  std::string data;
};

// One end. Lives on one loop; one reader at a time, any number of writers (messages stay whole and keep their
// order). Pings are answered while reading.
class WebSocket {
 public:
  enum class Side { client, server };
  static std::unique_ptr<WebSocket> make(io::Loop& loop, std::unique_ptr<io::Stream> stream, Side side,
                                         Random& random, std::size_t message_limit_bytes = 16 * 1024 * 1024);
  virtual ~WebSocket() = default;
  // The next whole message; nullopt when the peer closed in order. Errors: bad_request (protocol violation; a
  // close frame with the fitting code was sent), too_large, or the transport's.
  virtual io::Task<Result<std::optional<WebSocketMessage>>> read() = 0;
  virtual io::Task<Result<>> write(WebSocketMessage::Kind kind, std::string_view data) = 0;
  virtual io::Task<Result<>> close(int code, std::string_view reason) = 0;
};

// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);
// True when the head asks for a WebSocket in a way that RFC 6455 section 4.2.1 accepts.
bool wants_websocket(const RequestHead& head);
// The subprotocols that the client offers, in its order.
std::vector<std::string> offered_protocols(const RequestHead& head);
// Answers 101 with the chosen subprotocol (empty: none) and gives the server's end.
io::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(io::Loop& loop, const Request& request,
                                                              Responder& responder, std::string protocol,
                                                              Random& random);

// A stream of bytes inside binary messages, as tunnelled SPDY uses it.
std::unique_ptr<io::Stream> make_websocket_stream(io::Loop& loop, std::unique_ptr<WebSocket> socket);

}  // namespace aloft::http
