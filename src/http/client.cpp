// The client: which connection a request goes over, and what is kept for the next one.
#include "http/client.h"

#include "http/buffered_stream.h"
#include "http/http1_client.h"
#include "http/http2_client.h"
#include "io/scope.h"
#include "io/timeout.h"

namespace aloft::http {
namespace {

using namespace detail;

constexpr std::size_t refusal_limit_bytes = 1024 * 1024;

std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

// A transport with its protocol agreed.
struct Connected {
  std::unique_ptr<io::Stream> stream;
  bool http2 = false;
};

// Connections that wait for their next request. Answers hold it weakly: their connections come back if it
// still lives.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  ConnectionPool(io::Loop& loop, std::size_t limit, Duration idle_timeout)
      : loop_(loop), limit_(limit), idle_timeout_(idle_timeout), scope_(loop) {}

  std::unique_ptr<Http1ClientConnection> take() {
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      // Whatever can be read from an idle connection is its end, or nothing that belongs to us.
      io::Task<Result<>> probe = connection->stream->wait_readable();
      probe.start();
      if (probe.done()) continue;
      connection->reused = true;
      return connection;
    }
    return nullptr;
  }

  GiveBack give_back() {
    return [weak = weak_from_this()](std::unique_ptr<Http1ClientConnection> connection) {
      if (const auto pool = weak.lock()) pool->keep(std::move(connection));
    };
  }

  void keep_http2(std::shared_ptr<Http2Client> connection) {
    http2_ = std::move(connection);
    sweep_later();
  }
  const std::shared_ptr<Http2Client>& http2() const { return http2_; }

 private:
  void keep(std::unique_ptr<Http1ClientConnection> connection) {
    if (limit_ == 0) return;
    connection->buffer.release();
    connection->idle_since = loop_.now();
    if (idle_.size() >= limit_) idle_.erase(idle_.begin());
    idle_.push_back(std::move(connection));
    sweep_later();
  }

  void sweep_later() {
    if (std::exchange(sweeping_, true)) return;
    scope_.spawn(sweep());
  }

  // Closes what has idled too long, until nothing is kept.
  io::Task<> sweep() {
    while (!idle_.empty() || http2_) {
      co_await loop_.sleep(idle_timeout_ / 2);
      const Time oldest = loop_.now() - idle_timeout_;
      std::erase_if(idle_, [&](const auto& one) { return one->idle_since <= oldest; });
      if (http2_ && (!http2_->usable() || (http2_->idle() && http2_->idle_since() <= oldest))) http2_.reset();
    }
    sweeping_ = false;
  }

  io::Loop& loop_;
  std::size_t limit_;
  Duration idle_timeout_;
  std::vector<std::unique_ptr<Http1ClientConnection>> idle_;  // the longest idle first
  std::shared_ptr<Http2Client> http2_;
  bool sweeping_ = false;
  io::Scope scope_;
};

class PooledClient final : public Client {
 public:
  PooledClient(io::Loop& loop, Connector connector, ClientSettings settings)
      : loop_(loop),
        connector_(std::move(connector)),
        settings_(std::move(settings)),
        pool_(std::make_shared<ConnectionPool>(loop, settings_.idle_connections, settings_.idle_timeout)),
        connected_(loop) {
    if (settings_.authority.empty()) {
      settings_.authority = settings_.address.is_unix() ? "localhost" : settings_.address.to_string();
    }
    if (settings_.server_name.empty()) settings_.server_name = host_of(settings_.authority);
  }

  io::Loop& loop() const override { return loop_; }
  io::Task<Result<std::unique_ptr<Response>>> send(RequestHead head, std::string body) override;
  io::Task<Result<Exchange>> open(RequestHead head) override;
  io::Task<Result<Upgraded>> upgrade(RequestHead head) override;

 private:
  // Exactly one is set.
  struct Lease {
    std::unique_ptr<Http1ClientConnection> http1;
    std::shared_ptr<Http2Client> http2;
    Lease() = default;
  };
  enum class Reuse { allowed, no };

  io::Task<Result<Lease>> acquire(Reuse reuse);
  io::Task<Result<Connected>> connect(std::vector<std::string> protocols);
  io::Task<Result<Connected>> connect_slowly(std::vector<std::string> protocols);
  io::Task<Result<std::unique_ptr<Response>>> send_http1(std::unique_ptr<Http1ClientConnection> connection,
                                                         const RequestHead& head, std::string_view body,
                                                         bool& try_again);

  io::Loop& loop_;
  Connector connector_;
  ClientSettings settings_;
  std::shared_ptr<ConnectionPool> pool_;
  // While the first connection is made, others wait: if it speaks HTTP/2 they share it.
  bool connecting_ = false;
  bool http1_only_ = false;
  io::WaitList connected_;
};

io::Task<Result<Connected>> PooledClient::connect_slowly(std::vector<std::string> protocols) {
  Connected out;
  TRY_CO(transport, co_await connector_());
  if (!settings_.tls) {
    out.http2 = settings_.http2_prior_knowledge && protocols.empty();
    out.stream = std::move(transport);
    co_return out;
  }
  TRY_CO(secured, co_await tls_connect(loop_, settings_.tls, std::move(transport), settings_.server_name,
                                       std::move(protocols)));
  out.http2 = secured->protocol() == "h2";
  out.stream = std::move(secured);
  co_return out;
}

io::Task<Result<Connected>> PooledClient::connect(std::vector<std::string> protocols) {
  auto attempt = connect_slowly(std::move(protocols));
  auto outcome = co_await io::within(loop_, settings_.connect_timeout, std::move(attempt));
  if (!outcome) {
    co_return fail(Code::timeout, fmt::format("connect {}: no answer within {}", settings_.authority,
                                              format_duration(settings_.connect_timeout)));
  }
  co_return std::move(*outcome);
}

io::Task<Result<PooledClient::Lease>> PooledClient::acquire(Reuse reuse) {
  Lease lease;
  for (;;) {
    const auto& shared = pool_->http2();
    if (shared && shared->usable()) {
      lease.http2 = shared;
      co_return lease;
    }
    if (reuse == Reuse::allowed) lease.http1 = pool_->take();
    if (lease.http1) co_return lease;
    if (!connecting_ || http1_only_) break;
    co_await connected_.wait();
  }
  struct Connecting {
    PooledClient& client;
    explicit Connecting(PooledClient& c) : client(c) { client.connecting_ = true; }
    ~Connecting() {
      client.connecting_ = false;
      client.connected_.notify_all();
    }
  };
  const Connecting connecting(*this);
  std::vector<std::string> protocols;
  TRY_CO(connected, co_await connect(std::move(protocols)));
  http1_only_ = !connected.http2;
  if (connected.http2) {
    const std::string scheme = settings_.tls ? "https" : "http";
    lease.http2 = Http2Client::make(loop_, std::move(connected.stream), scheme, settings_.authority);
    pool_->keep_http2(lease.http2);
  } else {
    lease.http1 = std::make_unique<Http1ClientConnection>();
    lease.http1->stream = std::move(connected.stream);
  }
  co_return lease;
}

io::Task<Result<std::unique_ptr<Response>>> PooledClient::send_http1(
    std::unique_ptr<Http1ClientConnection> connection, const RequestHead& head, std::string_view body,
    bool& try_again) {
  const std::string text = request_head_text(head, settings_.authority, body.size(), Streamed::no);
  const std::string_view pieces[] = {text, body};
  const bool reused = connection->reused;
  const auto written = co_await connection->stream->write_pieces(pieces);
  // A server that refuses the body answers before it has read it, so an answer is looked for in any case.
  bool nothing_came = false;
  auto parsed = co_await read_response_head(*connection, head.method, nothing_came);
  if (!parsed) {
    try_again = reused && nothing_came;
    co_return fail(written ? std::move(parsed).error() : written.error());
  }
  if (!written) parsed->keep_alive = false;
  co_return make_http1_response(std::move(connection), std::move(*parsed), pool_->give_back());
}

io::Task<Result<std::unique_ptr<Response>>> PooledClient::send(RequestHead head, std::string body) {
  const SharedBytes shared(std::move(body));
  Reuse reuse = Reuse::allowed;
  for (;;) {
    TRY_CO(lease, co_await acquire(reuse));
    bool try_again = false;
    Result<std::unique_ptr<Response>> response;
    if (lease.http2) {
      response = co_await lease.http2->send(head, shared, try_again);
    } else {
      response = co_await send_http1(std::move(lease.http1), head, shared.view(), try_again);
    }
    if (response || !try_again || reuse == Reuse::no) {
      if (!response)
        response.error().at(fmt::format("{} {}{}", head.method, settings_.authority, head.target));
      co_return response;
    }
    reuse = Reuse::no;
  }
}

io::Task<Result<Client::Exchange>> PooledClient::open(RequestHead head) {
  // A streamed body cannot be sent twice, so it never goes over a connection that may be closed already.
  TRY_CO(lease, co_await acquire(Reuse::no));
  if (lease.http2) co_return lease.http2->open(head);
  const std::string text = request_head_text(head, settings_.authority, 0, Streamed::yes);
  TRY_CO_DO(co_await lease.http1->stream->write(text));
  co_return make_http1_exchange(loop_, std::move(lease.http1), head.method, pool_->give_back());
}

io::Task<Result<Client::Upgraded>> PooledClient::upgrade(RequestHead head) {
  std::vector<std::string> protocols = {"http/1.1"};
  TRY_CO(connected, co_await connect(std::move(protocols)));
  auto connection = std::make_unique<Http1ClientConnection>();
  connection->stream = std::move(connected.stream);
  const std::string text = request_head_text(head, settings_.authority, 0, Streamed::no);
  TRY_CO_DO(co_await connection->stream->write(text));
  bool nothing_came = false;
  TRY_CO(parsed, co_await read_response_head(*connection, head.method, nothing_came));
  Upgraded out;
  out.head = parsed.head;
  if (out.head.status == 101) {
    out.stream =
        std::make_unique<BufferedStream>(std::move(connection->stream), std::move(connection->buffer));
    co_return out;
  }
  const auto refused = make_http1_response(std::move(connection), std::move(parsed), pool_->give_back());
  TRY_CO(why, co_await refused->read_whole_body(refusal_limit_bytes));
  out.body = std::move(why);
  co_return out;
}

}  // namespace

std::unique_ptr<Client> Client::make(io::EpollLoop& loop, ClientSettings settings) {
  const io::Address address = settings.address;
  Connector connector = [&loop, address] { return io::connect(loop, address); };
  return std::make_unique<PooledClient>(loop, std::move(connector), std::move(settings));
}

std::unique_ptr<Client> Client::make(io::Loop& loop, Connector connector, ClientSettings settings) {
  return std::make_unique<PooledClient>(loop, std::move(connector), std::move(settings));
}

}  // namespace aloft::http
