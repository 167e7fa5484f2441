// Forwarded ports over the messages of a WebSocket, as clients without SPDY use them: the request names its
// ports, and each has two channels, one for its bytes and one that tells why it failed. Both begin with the
// port's number in two bytes, the lower first. A channel cannot be closed by itself, so the socket is closed
// when all connections have ended.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/portforward.h"
#include "http/websocket.h"
#include "io/loop.h"

namespace aloft::http {

enum class ChannelCoding { binary, base64 };

// The protocols we speak, the better one first; a client that offers none gets binary messages.
const std::vector<std::string>& portforward_channel_protocols();
std::optional<ChannelCoding> portforward_channel_coding(std::string_view protocol);

// The ports that a request names: `ports` for each, as the API has it, or `port` with commas between, as
// agents have it. Error: bad_request when there is none, more than 64, or one that is no port.
Result<std::vector<std::uint16_t>> forwarded_ports(const Query& query);

// The server's end over a WebSocket that is open. It gives each port one connection. While 64 KiB wait for
// the reader of one connection the socket is not read.
std::unique_ptr<PortForwardServer> make_channel_portforward(io::Loop& loop, std::unique_ptr<WebSocket> socket,
                                                            std::vector<std::uint16_t> ports,
                                                            ChannelCoding coding);

}  // namespace aloft::http
