// The sockets of the DNS server and the way of a query: from the zone at once, or by way of others.
#include "network/dns_server.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "io/scope.h"
#include "io/timeout.h"
#include "network/dns_message.h"
#include "network/dns_socket.h"
#include "network/log.h"

namespace aloft::network {
namespace {

constexpr std::size_t stream_limit = 65535;
constexpr std::size_t connections_limit = 256;
constexpr std::size_t datagrams_in_a_row = 64;  // then everything else on the loop has its turn
constexpr Duration stream_idle = 10s;

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

struct Sockets {
  std::unique_ptr<io::Listener> streams;
  int datagrams = -1;
};

Result<Sockets> open_sockets(io::EpollLoop& loop, const io::Address& address) {
  constexpr int attempts = 10;
  for (int i = 1;; ++i) {
    Sockets sockets;
    auto listener = io::Listener::listen(loop, address);
    if (!listener) return std::unexpected<Error>(listener.error().at("dns"));
    sockets.streams = std::move(*listener);
    const auto datagrams = open_datagram_socket(sockets.streams->address());
    if (datagrams) {
      sockets.datagrams = *datagrams;
      return sockets;
    }
    // A port that is free for TCP may be somebody's for UDP; when any will do, the next may be better.
    if (address.port != 0 || i == attempts) return std::unexpected<Error>(datagrams.error());
  }
}

class Server final : public DnsServer {
 public:
  Server(io::EpollLoop& loop, DnsServerSettings settings, std::shared_ptr<const DnsZone> zone, Random& random,
         Metrics& metrics, Sockets sockets)
      : loop_(loop),
        settings_(std::move(settings)),
        zone_(std::move(zone)),
        random_(random),
        upstreams_(loop, settings_.upstreams, settings_.upstream_timeout, random),
        queries_(metrics.counter("network_dns_queries_total", "DNS queries received.")),
        forwarded_(metrics.counter("network_dns_forwarded_total",
                                   "DNS queries handed on to the machine's name servers.")),
        address_(sockets.streams->address()),
        socket_(loop, sockets.datagrams),
        listener_(std::move(sockets.streams)),
        scope_(loop) {
    scope_.spawn(serve_datagrams());
    scope_.spawn(serve_connections());
  }

  const io::Address& address() const override { return address_; }
  void publish(std::shared_ptr<const DnsZone> zone) override { zone_ = std::move(zone); }

 private:
  io::Task<> serve_datagrams() {
    std::array<char, dns_datagram_limit> buffer;
    for (std::size_t in_a_row = 0;; ++in_a_row) {
      if (in_a_row == datagrams_in_a_row) {
        in_a_row = 0;
        co_await loop_.yield();
      }
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
      } else if (forwarding_ < settings_.forwarded_limit) {
        scope_.spawn(forward_datagram(std::string(message), from));
      }
    }
  }

  void reply(const std::string& answer, SocketAddress& to) {
    // A datagram that does not fit the socket's buffer is lost, and the client asks again.
    if (!answer.empty()) (void)sendto(socket_.fd(), answer.data(), answer.size(), 0, to.get(), to.size);
  }

  io::Task<> forward_datagram(std::string message, SocketAddress from) {
    const std::string answer = co_await answer_with_upstreams(std::move(message), false);
    reply(answer, from);
  }

  static std::string failure(const DnsQuery& query, DnsStatus status, std::size_t limit) {
    DnsAnswer answer;
    answer.status = status;
    answer.authoritative = false;
    return write_dns_answer(query, answer, limit);
  }
  static std::size_t limit_of(const DnsQuery& query, bool stream) {
    return stream ? stream_limit : query.answer_limit;
  }

  std::optional<DnsAnswer> own_answer(const DnsQuery& query) const {
    if (query.class_ != dns_class_internet) return std::nullopt;
    auto answer = zone_->answer(query.name, query.type);
    if (answer) turn(answer->answers);
    return answer;
  }

  // Many clients take the first address, so that each answer begins with another one. An alias stays in front
  // of what it means.
  void turn(std::vector<DnsRecord>& answers) const {
    const auto is_alias = [](const DnsRecord& record) { return record.type == DnsType::cname; };
    const auto first = std::ranges::find_if_not(answers, is_alias);
    const auto last = std::find_if(first, answers.end(), is_alias);
    const auto count = static_cast<std::uint64_t>(last - first);
    if (count > 1) std::rotate(first, first + static_cast<std::ptrdiff_t>(random_.below(count)), last);
  }

  // True for an answer that ends with an alias for a name that others know.
  bool ends_elsewhere(const DnsQuery& query, const DnsAnswer& answer) const {
    if (query.type == DnsType::cname || query.type == DnsType::any || answer.answers.empty()) return false;
    const DnsRecord& last = answer.answers.back();
    return last.type == DnsType::cname && !zone_->is_ours(last.data);
  }

  // Empty: the message deserves none. nullopt: upstreams must be asked.
  std::optional<std::string> answer_at_once(std::string_view message, bool stream) const {
    const auto query = read_dns_query(message);
    if (!query) return refuse_dns_message(message);
    const std::size_t limit = limit_of(*query, stream);
    if (query->edns_version != 0) return failure(*query, DnsStatus::bad_version, limit);
    const auto answer = own_answer(*query);
    if (answer && (upstreams_.empty() || !ends_elsewhere(*query, *answer))) {
      return write_dns_answer(*query, *answer, limit);
    }
    if (upstreams_.empty()) return failure(*query, DnsStatus::refused, limit);
    return std::nullopt;
  }

  io::Task<std::string> answer_with_upstreams(std::string message, bool stream) {
    forwarded_.add();
    ++forwarding_;
    const auto query = read_dns_query(message);
    auto own = own_answer(*query);
    std::string answer;
    if (own) {
      co_await follow_alias(*query, *own);
      answer = write_dns_answer(*query, *own, limit_of(*query, stream));
    } else {
      answer = co_await upstreams_.ask(std::move(message), stream);
      if (answer.empty()) answer = failure(*query, DnsStatus::server_failure, limit_of(*query, stream));
    }
    --forwarding_;
    co_return answer;
  }

  // Appends what an external name means, since resolvers in pods do not ask a second time themselves.
  io::Task<> follow_alias(const DnsQuery& query, DnsAnswer& answer) {
    std::string question = write_dns_question(query.id, answer.answers.back().data, query.type);
    const std::string found = co_await upstreams_.ask(std::move(question), true);
    auto reply = read_dns_reply(found);
    if (!reply) {
      answer.status = DnsStatus::server_failure;
      co_return;
    }
    answer.status = reply->status;
    for (DnsRecord& record : reply->answers) {
      if (record.type == query.type || record.type == DnsType::cname)
        answer.answers.push_back(std::move(record));
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

  // Messages one after another (RFC 7766).
  io::Task<> serve_connection(std::unique_ptr<io::Stream> stream) {
    ++connections_;
    for (;;) {
      auto message = co_await io::within(loop_, stream_idle, read_dns_message(*stream));
      if (!message || message->empty()) break;
      queries_.add();
      auto answer = answer_at_once(*message, true);
      if (!answer) answer = co_await answer_with_upstreams(std::move(*message), true);
      if (answer->empty()) break;
      const std::string framed = frame_dns_message(*answer);
      auto written = co_await io::within(loop_, stream_idle, stream->write(framed));
      if (!written || !*written) break;
    }
    --connections_;
  }

  io::EpollLoop& loop_;
  DnsServerSettings settings_;
  std::shared_ptr<const DnsZone> zone_;
  Random& random_;
  DnsUpstreams upstreams_;
  Counter& queries_;
  Counter& forwarded_;
  io::Address address_;
  io::Descriptor socket_;
  std::unique_ptr<io::Listener> listener_;
  std::size_t connections_ = 0;
  std::size_t forwarding_ = 0;
  io::Scope scope_;
};

}  // namespace

Result<std::unique_ptr<DnsServer>> DnsServer::start(io::EpollLoop& loop, DnsServerSettings settings,
                                                    std::shared_ptr<const DnsZone> zone, Random& random,
                                                    Metrics& metrics) {
  TRY(sockets, open_sockets(loop, settings.listen));
  return std::make_unique<Server>(loop, std::move(settings), std::move(zone), random, metrics,
                                  std::move(sockets));
}

}  // namespace aloft::network
