// Addresses and messages of DNS on sockets.
#include "network/dns_socket.h"

#include <arpa/inet.h>

namespace aloft::network {
namespace {

io::Task<std::string> read_exactly(io::Stream& stream, std::size_t size) {
  std::string out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    std::span<std::byte> rest = std::as_writable_bytes(std::span(out)).subspan(have);
    auto got = co_await stream.read(rest);
    if (!got || *got == 0) co_return std::string();
    have += *got;
  }
  co_return out;
}

}  // namespace

std::optional<SocketAddress> to_socket_address(const io::Address& address) {
  SocketAddress out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(address.port));
    out.size = sizeof(sockaddr_in);
    return out;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(address.port));
    out.size = sizeof(sockaddr_in6);
    return out;
  }
  return std::nullopt;
}

std::string frame_dns_message(std::string_view message) {
  std::string framed;
  framed += static_cast<char>((message.size() >> 8) & 255);
  framed += static_cast<char>(message.size() & 255);
  framed += message;
  return framed;
}

io::Task<std::string> read_dns_message(io::Stream& stream) {
  const std::string length = co_await read_exactly(stream, 2);
  if (length.size() < 2) co_return std::string();
  const auto high = static_cast<std::uint8_t>(length[0]);
  const auto low = static_cast<std::uint8_t>(length[1]);
  co_return co_await read_exactly(stream, static_cast<std::size_t>(high) * 256 + low);
}

}  // namespace aloft::network
