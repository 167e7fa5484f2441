// Sockets and connections.
#include "telemetry/logs/ingest/syslog_server.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "telemetry/logs/ingest/syslog_message.h"
#include "telemetry/logs/log.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t most_connections = 1000;
constexpr std::size_t batch_messages = 1000;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool fill_address(const io::Address& address, SocketAddress& out) {
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(address.port));
    out.size = sizeof(sockaddr_in);
    return true;
  }
  if (::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(static_cast<std::uint16_t>(address.port));
  out.size = sizeof(sockaddr_in6);
  return true;
}

std::int32_t port_of(int fd) {
  SocketAddress bound;
  bound.size = sizeof(bound.storage);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) return 0;
  if (bound.storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
  return ntohs(reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
}

}  // namespace

SyslogServer::SyslogServer(io::EpollLoop& loop, io::Pool& pool, Pipeline& pipeline, const Clock& clock,
                           Metrics& metrics, std::string tenant)
    : loop_(loop),
      pool_(pool),
      pipeline_(pipeline),
      clock_(clock),
      tenant_(std::move(tenant)),
      messages_(metrics.counter("telemetry_logs_syslog_messages_total", "Syslog messages received.")),
      lost_(metrics.counter("telemetry_logs_syslog_lost_total", "Syslog messages that could not be taken.")),
      scope_(loop) {}

SyslogServer::~SyslogServer() = default;

Result<io::Address> SyslogServer::listen_udp(const io::Address& address) {
  SocketAddress where;
  if (!fill_address(address, where))
    return fail(Code::invalid, fmt::format("syslog: {} is no address to listen on", address.to_string()));
  const int fd = ::socket(where.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(system_error("syslog: socket", errno));
  auto socket = std::make_unique<io::Descriptor>(loop_, fd);
  const int buffer = 4 * 1024 * 1024;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0)
    return fail(system_error("syslog: bind " + address.to_string(), errno));
  io::Address real = address;
  real.port = port_of(fd);
  scope_.spawn(receive(std::move(socket)));
  return real;
}

Result<io::Address> SyslogServer::listen_tcp(const io::Address& address,
                                             std::shared_ptr<const http::TlsContext> tls) {
  TRY(listener, io::Listener::listen(loop_, address));
  io::Address real = listener->address();
  scope_.spawn(accept(std::move(listener), std::move(tls)));
  return real;
}

io::Task<> SyslogServer::deliver(LogBatch batch, bool patient) {
  batch.tenant = tenant_;
  const std::size_t count = batch.entry_count();
  messages_.add(count);
  auto shared = std::make_shared<const LogBatch>(std::move(batch));
  for (;;) {
    auto work = [pipeline = &pipeline_, shared] { return pipeline->write(*shared); };
    auto written = co_await pool_.run(loop_, std::move(work));
    if (written) {
      lost_.add(written->rejected);
      co_return;
    }
    if (!patient) {
      lost_.add(count);
      co_return;
    }
    co_await loop_.sleep(std::chrono::milliseconds(200));
  }
}

io::Task<> SyslogServer::receive(std::unique_ptr<io::Descriptor> socket) {
  std::vector<char> datagram(65536);
  for (;;) {
    LogBatch batch;
    std::size_t count = 0;
    while (count < batch_messages) {
      const ssize_t got = ::recv(socket->fd(), datagram.data(), datagram.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) break;
      const std::int64_t now = clock_.wall().since_epoch.count();
      add_syslog(batch, parse_syslog(std::string_view(datagram.data(), static_cast<std::size_t>(got)), now),
                 now);
      ++count;
    }
    if (count < batch_messages) socket->clear_readable();
    if (count > 0) co_await deliver(std::move(batch), false);
    co_await socket->readable();
  }
}

io::Task<> SyslogServer::accept(std::unique_ptr<io::Listener> listener,
                                std::shared_ptr<const http::TlsContext> tls) {
  for (;;) {
    auto accepted = co_await listener->accept();
    if (!accepted) {
      logger.warning("syslog: accept: {}", accepted.error().message());
      co_await loop_.sleep(std::chrono::milliseconds(100));
      continue;
    }
    if (connections_ >= most_connections) continue;
    scope_.spawn(serve(std::move(accepted->stream), tls));
  }
}

io::Task<> SyslogServer::serve(std::unique_ptr<io::Stream> stream,
                               std::shared_ptr<const http::TlsContext> tls) {
  struct Counted {
    explicit Counted(std::size_t& c) : count(c) { ++count; }
    ~Counted() { --count; }
    std::size_t& count;
  };
  const Counted counted(connections_);
  if (tls != nullptr) {
    auto secured = co_await http::tls_accept(loop_, tls, std::move(stream));
    if (!secured) co_return;
    stream = std::move(*secured);
  }
  SyslogFramer framer;
  std::vector<std::byte> buffer(64 * 1024);
  for (bool open = true; open && !framer.failed();) {
    auto got = co_await stream->read(std::span<std::byte>(buffer));
    open = got.has_value() && *got > 0;
    if (open) framer.add(as_text(std::span(buffer).first(*got)));
    LogBatch batch;
    std::string message;
    const std::int64_t now = clock_.wall().since_epoch.count();
    while (framer.next(message)) add_syslog(batch, parse_syslog(message, now), now);
    if (!open && framer.rest(message)) add_syslog(batch, parse_syslog(message, now), now);
    if (!batch.streams.empty()) co_await deliver(std::move(batch), true);
  }
}

}  // namespace aloft::telemetry::logs
