// The WebSocket connection, its handshake, and the stream of bytes inside one.
#include "http/websocket.h"

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/ensure.h"
#include "http/frame_writer.h"
#include "http/upgrade.h"
#include "http/websocket_codec.h"
#include "io/scope.h"

namespace aloft::http {

namespace {

constexpr int normal_closure = 1000;
// Pongs that wait behind a peer that pings without reading; beyond this the peer has lost its turn.
constexpr std::size_t pong_backlog_bytes = 64 * 1024;

class Connection final : public WebSocket {
 public:
  Connection(io::Loop& loop, std::unique_ptr<io::Stream> stream, Side side, Random& random, std::size_t limit)
      : random_(random),
        side_(side),
        parser_(side == Side::server ? WebSocketParser::Frames::masked : WebSocketParser::Frames::bare,
                limit),
        stream_(std::move(stream)),
        writer_(loop, *stream_) {}

  io::Task<Result<std::optional<WebSocketMessage>>> read() override;

  io::Task<Result<>> write(WebSocketMessage::Kind kind, std::string_view data) override {
    if (close_sent_) co_return fail(Code::unavailable, "the WebSocket is closed for writing");
    const auto opcode =
        kind == WebSocketMessage::Kind::text ? WebSocketOpcode::text : WebSocketOpcode::binary;
    co_return co_await writer_.write(frame(opcode, data));
  }

  io::Task<Result<>> close(int code, std::string_view reason) override {
    post_close(code, reason);
    co_await writer_.drain();
    if (writer_.failed())
      co_return fail(Code::unavailable, "the WebSocket's connection failed while closing");
    co_return Result<>{};
  }

 private:
  std::string frame(WebSocketOpcode opcode, std::string_view data) {
    std::optional<WebSocketMask> mask;
    if (side_ == Side::client) random_.fill(std::as_writable_bytes(std::span(mask.emplace())));
    return websocket_frame(opcode, data, true, mask);
  }

  void post_close(int code, std::string_view reason) {
    if (std::exchange(close_sent_, true)) return;
    writer_.post(
        frame(WebSocketOpcode::close, code == 0 ? std::string() : websocket_close_payload(code, reason)));
    if (close_received_) writer_.shut_down();
  }

  // True when the peer has closed.
  bool answer(const WebSocketEvent& event) {
    if (event.opcode == WebSocketOpcode::ping && !close_sent_ &&
        writer_.posted_bytes() < pong_backlog_bytes) {
      writer_.post(frame(WebSocketOpcode::pong, event.data));
    }
    if (event.opcode != WebSocketOpcode::close) return false;
    close_received_ = true;
    if (close_sent_) {
      writer_.shut_down();
    } else {
      // The echo carries the peer's code; none is answered with none.
      post_close(is_websocket_close_code(event.close_code) ? event.close_code : 0, {});
    }
    return true;
  }

  Random& random_;
  Side side_;
  WebSocketParser parser_;
  bool close_sent_ = false;
  bool close_received_ = false;
  std::array<std::byte, 16 * 1024> incoming_;
  std::unique_ptr<io::Stream> stream_;
  FrameWriter writer_;
};

io::Task<Result<std::optional<WebSocketMessage>>> Connection::read() {
  for (;;) {
    if (close_received_) co_return std::optional<WebSocketMessage>();
    auto event = parser_.next();
    if (!event) {
      post_close(event.error().close_code, event.error().why);
      writer_.shut_down();
      co_await writer_.drain();
      const Code code = event.error().close_code == 1009 ? Code::too_large : Code::bad_request;
      co_return fail(code, "WebSocket: " + event.error().why);
    }
    if (event->has_value()) {
      WebSocketEvent& got = **event;
      if (got.opcode == WebSocketOpcode::text || got.opcode == WebSocketOpcode::binary) {
        std::optional<WebSocketMessage> message(std::in_place);
        if (got.opcode == WebSocketOpcode::text) message->kind = WebSocketMessage::Kind::text;
        message->data = std::move(got.data);
        co_return message;
      }
      if (answer(got)) co_await writer_.drain();
      continue;
    }
    const auto size = co_await stream_->read(incoming_);
    if (!size) co_return fail(size.error());
    if (*size == 0) co_return fail(Code::unavailable, "WebSocket: the peer went away without closing");
    parser_.add(as_text(std::span(incoming_).first(*size)));
  }
}

// The bytes of a tunnel in binary messages; empty messages carry nothing.
class Tunnel final : public io::Stream {
 public:
  Tunnel(io::Loop& loop, std::unique_ptr<WebSocket> socket) : socket_(std::move(socket)), closing_(loop) {}

  io::Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    while (start_ == message_.size()) {
      if (ended_) co_return std::size_t{0};
      auto message = co_await socket_->read();
      if (!message) co_return fail(message.error());
      if (!message->has_value()) {
        ended_ = true;
        continue;
      }
      if ((*message)->kind != WebSocketMessage::Kind::binary) {
        co_return fail(Code::bad_request, "WebSocket: a text message inside a tunnel of bytes");
      }
      message_ = std::move((*message)->data);
      start_ = 0;
    }
    const std::size_t size = std::min(into.size(), message_.size() - start_);
    const auto piece = as_bytes(std::string_view(message_).substr(start_, size));
    std::copy(piece.begin(), piece.end(), into.begin());
    start_ += size;
    co_return size;
  }

  io::Task<Result<>> write(std::span<const std::byte> bytes) override {
    if (bytes.empty()) co_return Result<>{};
    co_return co_await socket_->write(WebSocketMessage::Kind::binary, as_text(bytes));
  }

  void shutdown_write() override { closing_.spawn(close()); }

 private:
  io::Task<> close() {
    // A connection that fails while closing has closed.
    static_cast<void>(co_await socket_->close(normal_closure, ""));
  }

  std::unique_ptr<WebSocket> socket_;
  std::string message_;
  std::size_t start_ = 0;
  bool ended_ = false;
  io::Scope closing_;
};

}  // namespace

std::unique_ptr<WebSocket> WebSocket::make(io::Loop& loop, std::unique_ptr<io::Stream> stream, Side side,
                                           Random& random, std::size_t message_limit_bytes) {
  return std::make_unique<Connection>(loop, std::move(stream), side, random, message_limit_bytes);
}

std::string websocket_accept(std::string_view key) {
  // Section 1.3: the key and this constant, hashed, prove that the server speaks WebSocket.
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  ensure(done == 1 && size == digest.size(), "SHA-1 is available");
  return base64_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

bool wants_websocket(const RequestHead& head) {
  std::string key;
  return head.method == "GET" && head.headers.has_token("Connection", "upgrade") &&
         head.headers.has_token("Upgrade", "websocket") &&
         head.headers.get("Sec-WebSocket-Version") == "13" &&
         base64_decode(head.headers.get("Sec-WebSocket-Key"), key) && key.size() == 16;
}

std::vector<std::string> offered_protocols(const RequestHead& head) {
  return list_field(head.headers, "Sec-WebSocket-Protocol");
}

io::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(io::Loop& loop, const Request& request,
                                                              Responder& responder, std::string protocol,
                                                              Random& random) {
  if (!wants_websocket(request.head())) {
    co_return fail(Code::bad_request, "the request does not ask for a WebSocket as RFC 6455 wants it");
  }
  ResponseHead head;
  head.status = 101;
  head.headers.add("Upgrade", "websocket");
  head.headers.add("Connection", "Upgrade");
  head.headers.add("Sec-WebSocket-Accept", websocket_accept(request.head().headers.get("Sec-WebSocket-Key")));
  if (!protocol.empty()) head.headers.add("Sec-WebSocket-Protocol", std::move(protocol));
  TRY_CO(stream, co_await responder.upgrade(std::move(head)));
  co_return WebSocket::make(loop, std::move(stream), WebSocket::Side::server, random);
}

std::unique_ptr<io::Stream> make_websocket_stream(io::Loop& loop, std::unique_ptr<WebSocket> socket) {
  return std::make_unique<Tunnel>(loop, std::move(socket));
}

}  // namespace aloft::http
