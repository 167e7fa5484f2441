// Standard streams over WebSocket messages: the first byte of each message names its channel. Versions 4 and
// 5 of the framing differ in one thing: 5 can close a channel, so that stdin has an end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/remote_session.h"
#include "http/websocket.h"
#include "io/loop.h"

namespace aloft::http {

enum class Channel : std::uint8_t {
  stdin_bytes = 0,
  stdout_bytes = 1,
  stderr_bytes = 2,
  status = 3,
  resize = 4
};
enum class ChannelVersion { v4, v5 };

// The protocols we speak, the better one first.
const std::vector<std::string>& channel_protocols();
std::optional<ChannelVersion> channel_version(std::string_view protocol);

// One message, ready to send.
std::string channel_message(Channel channel, std::string_view bytes);

struct ChannelMessage {
  Channel channel = Channel::stdin_bytes;
  bool close = false;
  std::string_view bytes;  // into the message that was parsed
};
// nullopt for an empty message and for channels that a client has no business on (both are passed over).
// Error: bad_request for a close message that does not name one channel.
Result<std::optional<ChannelMessage>> parse_channel_message(std::string_view message, ChannelVersion version);

// Reads a run of JSON objects {"Width":80,"Height":24} as they come in pieces; field names without regard to
// case.
class TerminalSizeParser {
 public:
  void add(std::string_view bytes) { buffer_.append(bytes); }
  // The next size; nullopt when more bytes are needed. Error: bad_request; the parser is unusable then.
  Result<std::optional<TerminalSize>> next();

 private:
  std::string buffer_;
};
std::string terminal_size_json(const TerminalSize& size);

// The server's end over a WebSocket that is open. While 64 KiB of stdin wait for their reader the socket is
// not read; of sizes only the newest is kept.
std::unique_ptr<RemoteSession> make_channel_session(io::Loop& loop, std::unique_ptr<WebSocket> socket,
                                                    RemoteOptions options, ChannelVersion version);

}  // namespace aloft::http
