#include "network/dns_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/log.h"
#include "io/scope.h"
#include "io/timeout.h"

namespace aloft::network {
namespace {

constexpr Log log("network");
constexpr std::size_t datagram_limit = 4096;
constexpr std::size_t tcp_limit = 65535;
constexpr std::size_t connections_limit = 256;
constexpr Duration tcp_idle = 10s;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

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

Result<int> open_datagram_socket(const io::Address& address) {
  auto target = to_socket_address(address);
  if (!target) return fail(Code::invalid, fmt::format("dns: {} is no address", address.host));
  const int fd = socket(target->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(system_error("dns: open a socket", errno));
  if (bind(fd, target->get(), target->size) != 0) {
    const int why = errno;
    close(fd);
    return fail(system_error("dns: listen on " + address.to_string(), why));
  }
  return fd;
}

class Server final : public DnsServer {
 public:
  Server(io::EpollLoop& loop, DnsServerSettings settings, std::shared_ptr<const DnsZone> zone, Random& random, Metrics& metrics, int fd,
         std::unique_ptr<io::Listener> listener)
      : loop_(loop),
        settings_(std::move(settings)),
        zone_(std::move(zone)),
        random_(random),
        queries_(metrics.counter("network_dns_queries_total", "DNS queries received.")),
        forwarded_(metrics.counter("network_dns_forwarded_total", "DNS queries handed on to the machine's name servers.")),
        address_(listener->address()),
        socket_(loop, fd),
        listener_(std::move(listener)),
        scope_(loop) {
    scope_.spawn(serve_datagrams());
    scope_.spawn(serve_connections());
  }

  const io::Address& address() const override { return address_; }
  void publish(std::shared_ptr<const DnsZone> zone) override { zone_ = std::move(zone); }

 private:
  io::Task<> serve_datagrams() {
    std::array<char, datagram_limit> buffer;
    for (;;) {
      SocketAddress from;
      const ssize_t size = recvfrom(socket_.fd(), buffer.data(), buffer.size(), 0, from.get(), &from.size);
      if (size < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
          socket_.clear_readable();
          co_await socket_.readable();
        }
        continue;
      }
      const std::string_view message(buffer.data(), static_cast<std::size_t>(size));
      queries_.add();
      if (auto answer = answer_at_once(message, false)) {
        reply(*answer, from);
      } else if (scope_.size() < settings_.forwarded_limit) {
        scope_.spawn(forward_datagram(std::string(message), from));
      }
    }
  }

  void reply(const std::string& answer, SocketAddress& to) {
    // A datagram that does not fit the socket's buffer is lost, and the client asks again.
    (void)sendto(socket_.fd(), answer.data(), answer.size(), 0, to.get(), to.size);
  }

  // nullopt: the name is somebody else's.
  std::optional<std::string> answer_at_once(std::string_view message, bool stream) const {
    const auto query = read_dns_query(message);
    if (!query) return write_dns_failure(message, DnsStatus::malformed);
    const std::size_t limit = stream ? tcp_limit : query->answer_limit;
    if (query->class_ == 1) {
      if (const auto answer = zone_->answer(query->name, query->type)) return write_dns_answer(*query, *answer, limit);
    }
    if (settings_.upstreams.empty()) {
      DnsAnswer refused;
      refused.status = DnsStatus::refused;
      refused.authoritative = false;
      return write_dns_answer(*query, refused, limit);
    }
    return std::nullopt;
  }

  io::Task<> forward_datagram(std::string message, SocketAddress from) {
    std::string answer = co_await ask_upstreams(std::move(message));
    reply(answer, from);
  }

  // The first answer of an upstream, or that all failed.
  io::Task<std::string> ask_upstreams(std::string message) {
    forwarded_.add();
    for (const io::Address& upstream : settings_.upstreams) {
      auto answer = co_await io::within(loop_, settings_.upstream_timeout, ask(upstream, message));
      if (answer && !answer->empty()) co_return std::move(*answer);
    }
    co_return write_dns_failure(message, DnsStatus::server_failure);
  }

  // One question to one server, from a port and with an id of its own, so that nobody can guess them.
  io::Task<std::string> ask(io::Address upstream, std::string message) {
    auto target = to_socket_address(upstream);
    const int fd = target ? socket(target->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0) co_return std::string();
    io::Descriptor socket(loop_, fd);
    if (connect(fd, target->get(), target->size) != 0) co_return std::string();
    const std::string client_id = message.substr(0, 2);
    const auto id = static_cast<std::uint16_t>(random_.below(65536));
    message[0] = static_cast<char>(id >> 8);
    message[1] = static_cast<char>(id & 255);
    if (send(fd, message.data(), message.size(), 0) < 0) co_return std::string();
    std::array<char, datagram_limit> buffer;
    for (;;) {
      const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
      if (size < 0 && errno != EAGAIN) co_return std::string();
      if (size < 0) {
        socket.clear_readable();
        co_await socket.readable();
        continue;
      }
      std::string answer(buffer.data(), static_cast<std::size_t>(size));
      if (answer.size() < 12 || answer.compare(0, 2, message, 0, 2) != 0) continue;
      answer.replace(0, 2, client_id);
      co_return answer;
    }
  }

  io::Task<> serve_connections() {
    for (;;) {
      auto accepted = co_await listener_->accept();
      if (!accepted) {
        log.warning("dns: {}", accepted.error().message());
        co_await loop_.sleep(100ms);
        continue;
      }
      if (connections_ >= connections_limit) continue;
      scope_.spawn(serve_connection(std::move(accepted->stream)));
    }
  }

  // Messages with two bytes of length in front (RFC 7766), one after another.
  io::Task<> serve_connection(std::unique_ptr<io::Stream> stream) {
    ++connections_;
    for (;;) {
      auto message = co_await io::within(loop_, tcp_idle, read_message(*stream));
      if (!message || message->empty()) break;
      queries_.add();
      auto answer = answer_at_once(*message, true);
      if (!answer) answer = co_await ask_upstreams(std::move(*message));
      std::string framed;
      framed += static_cast<char>((answer->size() >> 8) & 255);
      framed += static_cast<char>(answer->size() & 255);
      framed += *answer;
      auto written = co_await stream->write(framed);
      if (!written) break;
    }
    --connections_;
  }

  static io::Task<std::string> read_message(io::Stream& stream) {
    std::string length = co_await read_exactly(stream, 2);
    if (length.size() < 2) co_return std::string();
    const std::size_t size = (static_cast<std::size_t>(static_cast<std::uint8_t>(length[0])) << 8) | static_cast<std::uint8_t>(length[1]);
    co_return co_await read_exactly(stream, size);
  }
  static io::Task<std::string> read_exactly(io::Stream& stream, std::size_t size) {
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

  io::EpollLoop& loop_;
  DnsServerSettings settings_;
  std::shared_ptr<const DnsZone> zone_;
  Random& random_;
  Counter& queries_;
  Counter& forwarded_;
  io::Address address_;
  io::Descriptor socket_;
  std::unique_ptr<io::Listener> listener_;
  std::size_t connections_ = 0;
  io::Scope scope_;
};

}  // namespace

Result<std::unique_ptr<DnsServer>> DnsServer::start(io::EpollLoop& loop, DnsServerSettings settings, std::shared_ptr<const DnsZone> zone,
                                                    Random& random, Metrics& metrics) {
  auto listener = io::Listener::listen(loop, settings.listen);
  if (!listener) return std::unexpected<Error>(listener.error().at("dns"));
  io::Address both = (*listener)->address();
  TRY(fd, open_datagram_socket(both));
  return std::make_unique<Server>(loop, std::move(settings), std::move(zone), random, metrics, fd, std::move(*listener));
}

std::vector<io::Address> read_name_servers(std::string_view resolv_conf, std::string_view own) {
  constexpr std::string_view keyword = "nameserver";
  std::vector<io::Address> servers;
  while (!resolv_conf.empty()) {
    const std::size_t end = resolv_conf.find('\n');
    std::string_view line = resolv_conf.substr(0, end);
    resolv_conf.remove_prefix(end == std::string_view::npos ? resolv_conf.size() : end + 1);
    if (!line.starts_with(keyword)) continue;
    line.remove_prefix(keyword.size());
    const std::size_t from = line.find_first_not_of(" \t");
    if (from == 0 || from == std::string_view::npos) continue;
    line = line.substr(from);
    line = line.substr(0, line.find_first_of(" \t\r#;"));
    const io::Address server{std::string(line), 53};
    if (line != own && to_socket_address(server)) servers.push_back(server);
  }
  return servers;
}

}  // namespace aloft::network
