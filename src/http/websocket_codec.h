// The WebSocket wire format (RFC 6455 section 5) without any connection: bytes in, messages out, and back.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aloft::http {

enum class WebSocketOpcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

using WebSocketMask = std::array<char, 4>;

// A whole message (fragments joined) or a control frame.
struct WebSocketEvent {
  WebSocketOpcode opcode = WebSocketOpcode::binary;  // never continuation
  std::string data;                                  // of a close: the reason
  int close_code = 0;                                // of a close; 1005 when the peer gave none
  bool operator==(const WebSocketEvent&) const = default;
};

// Why the connection must end, with the code of the close frame that says so (section 7.4.1).
struct WebSocketViolation {
  int close_code;  // 1002 protocol, 1007 not UTF-8, 1009 too big
  std::string why;
};

// Incremental and bounded: it holds at most one message of `message_limit_bytes` and one control frame.
// Unusable after a violation.
class WebSocketParser {
 public:
  // A server expects masked frames, a client bare ones (section 5.1).
  enum class Frames { masked, bare };
  explicit WebSocketParser(Frames frames, std::size_t message_limit_bytes)
      : frames_(frames), limit_(message_limit_bytes) {}

  void add(std::string_view bytes);
  // The next event; nullopt when more bytes are needed.
  std::expected<std::optional<WebSocketEvent>, WebSocketViolation> next();

 private:
  using Outcome = std::expected<std::optional<WebSocketEvent>, WebSocketViolation>;
  std::expected<bool, WebSocketViolation> read_head();
  std::expected<void, WebSocketViolation> check_head() const;
  Outcome finish_frame();
  Outcome finish_control();
  void take_payload();

  Frames frames_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t start_ = 0;

  // The frame that is being read, once its head is complete.
  bool in_frame_ = false;
  bool final_ = false;
  WebSocketOpcode opcode_ = WebSocketOpcode::binary;
  std::uint64_t left_ = 0;
  WebSocketMask mask_{};
  std::size_t mask_offset_ = 0;

  std::string control_;
  std::string message_;
  std::optional<WebSocketOpcode> message_kind_;  // set while a message is unfinished
};

// XORs `data` with the mask, a word at a time; `offset` is the place of data[0] in its frame.
void apply_websocket_mask(std::span<char> data, const WebSocketMask& mask, std::size_t offset);

// One frame, ready to send; masked when a mask is given.
std::string websocket_frame(WebSocketOpcode opcode, std::string_view data, bool final,
                            const std::optional<WebSocketMask>& mask);
// The payload of a close frame; the reason is cut to what fits (123 bytes) at a character's border.
std::string websocket_close_payload(int code, std::string_view reason);
// True for codes that may stand in a close frame (section 7.4).
bool is_websocket_close_code(int code);

}  // namespace aloft::http
