// Addresses as the socket calls want them; for the sources of the DNS only.
#pragma once

#include <optional>

#include <sys/socket.h>

#include "io/net.h"

namespace aloft::network {

// The largest answer or query that is taken in one datagram.
inline constexpr std::size_t dns_datagram_limit = 4096;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// nullopt when the host is no IP address.
std::optional<SocketAddress> to_socket_address(const io::Address& address);

// A message with its length in front, as DNS goes over streams (RFC 7766).
std::string frame_dns_message(std::string_view message);
// The next message; empty when the stream ends or breaks.
io::Task<std::string> read_dns_message(io::Stream& stream);

}  // namespace aloft::network
