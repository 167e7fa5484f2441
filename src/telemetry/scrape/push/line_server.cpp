// Sockets and connections.
#include "telemetry/scrape/push/line_server.h"

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "telemetry/scrape/push/log.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t most_connections = 1000;
constexpr std::size_t datagrams_at_once = 1000;
constexpr std::size_t line_limit_bytes = 64 * 1024;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  bool fill(const io::Address& address) {
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    if (::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(static_cast<std::uint16_t>(address.port));
      size = sizeof(sockaddr_in);
      return true;
    }
    if (::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) != 1) return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(address.port));
    size = sizeof(sockaddr_in6);
    return true;
  }
  std::int32_t port() const {
    return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&storage)->sin_port
                                              : reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  }
};

}  // namespace

Result<io::Address> LineServer::listen_udp(const io::Address& address) {
  SocketAddress where;
  if (!where.fill(address))
    return fail(Code::invalid, fmt::format("{} is no address to listen on", address.to_string()));
  const int fd = ::socket(where.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(system_error("socket", errno));
  auto socket = std::make_unique<io::Descriptor>(loop_, fd);
  const int buffer = 4 * 1024 * 1024;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0)
    return fail(system_error("bind " + address.to_string(), errno));
  io::Address real = address;
  SocketAddress bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) == 0)
    real.port = bound.port();
  scope_.spawn(receive(std::move(socket)));
  return real;
}

Result<io::Address> LineServer::listen_tcp(const io::Address& address) {
  TRY(listener, io::Listener::listen(loop_, address));
  io::Address real = listener->address();
  scope_.spawn(accept(std::move(listener)));
  return real;
}

io::Task<> LineServer::receive(std::unique_ptr<io::Descriptor> socket) {
  std::vector<char> datagram(line_limit_bytes);
  for (;;) {
    std::string lines;
    std::size_t count = 0;
    while (count < datagrams_at_once) {
      const ssize_t got = ::recv(socket->fd(), datagram.data(), datagram.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) break;
      lines.append(datagram.data(), static_cast<std::size_t>(got));
      lines += '\n';
      ++count;
    }
    if (count < datagrams_at_once) socket->clear_readable();
    if (count > 0) co_await take_(std::move(lines), false);
    co_await socket->readable();
  }
}

io::Task<> LineServer::accept(std::unique_ptr<io::Listener> listener) {
  for (;;) {
    auto accepted = co_await listener->accept();
    if (!accepted) {
      push_log.warning("accept: {}", accepted.error().message());
      co_await loop_.sleep(100ms);
      continue;
    }
    if (connections_ < most_connections) scope_.spawn(serve(std::move(accepted->stream)));
  }
}

io::Task<> LineServer::serve(std::unique_ptr<io::Stream> stream) {
  struct Counted {
    explicit Counted(std::size_t& c) : count(c) { ++count; }
    ~Counted() { --count; }
    std::size_t& count;
  };
  const Counted counted(connections_);
  std::vector<std::byte> buffer(line_limit_bytes);
  std::string pending;
  for (bool open = true; open;) {
    auto got = co_await stream->read(std::span<std::byte>(buffer));
    open = got.has_value() && *got > 0;
    if (open) pending += as_text(std::span(buffer).first(*got));
    const std::size_t end = open ? pending.rfind('\n') : pending.size() - 1;
    if (end == std::string::npos || pending.empty()) {
      if (pending.size() > line_limit_bytes) co_return;
      continue;
    }
    std::string lines = pending.substr(0, end + 1);
    pending.erase(0, end + 1);
    co_await take_(std::move(lines), true);
  }
}

}  // namespace aloft::telemetry::scrape
