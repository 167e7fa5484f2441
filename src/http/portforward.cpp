// Both ends of forwarded ports, and the proxy that joins them.
#include "http/portforward.h"

#include <charconv>
#include <deque>

#include "http/portforward_channels.h"
#include "http/spdy.h"
#include "http/upgrade.h"
#include "http/websocket.h"
#include "io/event.h"
#include "io/scope.h"
#include "io/stream.h"
#include "io/timeout.h"

namespace aloft::http {

namespace {

constexpr std::string_view forwarding_protocol = "portforward.k8s.io";
constexpr std::string_view tunnel_protocol = "SPDY/3.1+portforward.k8s.io";
constexpr std::size_t waiting_limit = 64;
constexpr Duration pair_opening_limit = 30s;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

class SpdyPortForwardServer final : public PortForwardServer {
 public:
  SpdyPortForwardServer(io::Loop& loop, std::unique_ptr<SpdySession> session)
      : session_(std::move(session)), scope_(loop) {
    scope_.spawn(run());
  }
  ~SpdyPortForwardServer() override { scope_.cancel(); }

  io::Task<std::optional<ForwardedConnection>> accept() override {
    for (;;) {
      auto stream = co_await session_->accept();
      if (!stream) co_return std::nullopt;
      auto pair = join(std::move(stream));
      if (pair) co_return pair;
    }
  }

 private:
  struct Half {
    std::string request_id;
    ForwardedConnection connection;
  };

  std::optional<ForwardedConnection> join(std::unique_ptr<SpdyStream> stream) {
    const std::string request_id(stream->headers().get("requestid"));
    const std::string_view kind = stream->headers().get("streamtype");
    const auto port = parse_port(stream->headers().get("port"));
    if (request_id.empty() || !port || (kind != "data" && kind != "error")) return std::nullopt;
    auto half = std::find_if(waiting_.begin(), waiting_.end(),
                             [&](const Half& h) { return h.request_id == request_id; });
    if (half == waiting_.end()) {
      if (waiting_.size() == waiting_limit) waiting_.pop_front();
      half = waiting_.emplace(waiting_.end());
      half->request_id = request_id;
      half->connection.port = *port;
    }
    if (half->connection.port != *port) return std::nullopt;
    std::unique_ptr<io::Stream>& place = kind == "data" ? half->connection.data : half->connection.error;
    if (place) return std::nullopt;
    place = std::move(stream);
    if (!half->connection.data || !half->connection.error) return std::nullopt;
    std::optional<ForwardedConnection> whole(std::move(half->connection));
    waiting_.erase(half);
    return whole;
  }

  io::Task<> run() {
    // Its end shows in accept() and in every stream.
    static_cast<void>(co_await session_->run());
  }

  std::unique_ptr<SpdySession> session_;
  std::deque<Half> waiting_;
  io::Scope scope_;
};

class SpdyPortForwardClient final : public PortForwardClient {
 public:
  SpdyPortForwardClient(io::Loop& loop, std::unique_ptr<SpdySession> session)
      : loop_(loop), session_(std::move(session)), scope_(loop) {
    scope_.spawn(run());
  }
  ~SpdyPortForwardClient() override { scope_.cancel(); }

  io::Task<Result<ForwardedConnection>> open(std::uint16_t port) override {
    auto opened = co_await io::within(loop_, pair_opening_limit, open_pair(port));
    if (!opened)
      co_return fail(Code::timeout,
                     fmt::format("port {}: the runtime did not accept the streams in time", port));
    co_return std::move(*opened);
  }

 private:
  io::Task<Result<ForwardedConnection>> open_pair(std::uint16_t port) {
    Headers headers;
    headers.add("streamtype", "error");
    headers.add("port", std::to_string(port));
    headers.add("requestid", std::to_string(next_request_++));
    ForwardedConnection connection;
    connection.port = port;
    TRY_CO(error, co_await session_->open(headers));
    // Nothing is ever sent on it from this side.
    error->shutdown_write();
    connection.error = std::move(error);
    headers.set("streamtype", "data");
    TRY_CO(data, co_await session_->open(std::move(headers)));
    connection.data = std::move(data);
    co_return std::move(connection);
  }

  io::Task<> run() { static_cast<void>(co_await session_->run()); }

  io::Loop& loop_;
  std::unique_ptr<SpdySession> session_;
  std::uint64_t next_request_ = 0;
  io::Scope scope_;
};

// One connection of the proxy, from the opening on the far side to both ends closed.
class Link {
 public:
  explicit Link(io::Loop& loop, ForwardedConnection near_end, ForwardedConnection far_end)
      : near_(std::move(near_end)), far_(std::move(far_end)), changed_(loop), scope_(loop) {}

  // Ends when the far side has ended; what the client still sends then has no reader.
  io::Task<> run() {
    scope_.spawn(carry(*near_.data, *far_.data, upstream_open_));
    scope_.spawn(carry(*far_.data, *near_.data, downstream_open_));
    scope_.spawn(carry(*far_.error, *near_.error, error_open_));
    while (downstream_open_ || error_open_) co_await changed_.wait();
    scope_.cancel();
  }

 private:
  io::Task<> carry(io::Stream& from, io::Stream& to, bool& open) {
    const auto done = co_await io::copy(from, to);
    // A direction that broke is closed towards the other side, whatever broke it; the error stream tells why.
    if (!done) to.shutdown_write();
    open = false;
    changed_.notify_all();
  }

  ForwardedConnection near_;
  ForwardedConnection far_;
  bool upstream_open_ = true;
  bool downstream_open_ = true;
  bool error_open_ = true;
  io::WaitList changed_;
  io::Scope scope_;
};

io::Task<> carry_connection(io::Loop& loop, ForwardedConnection near_end, PortForwardClient& client) {
  auto far_end = co_await client.open(near_end.port);
  if (!far_end) {
    const std::string why = far_end.error().message();
    io::Stream& error = *near_end.error;
    static_cast<void>(co_await error.write(std::string_view(why)));
    near_end.error->shutdown_write();
    near_end.data->shutdown_write();
    co_return;
  }
  Link link(loop, std::move(near_end), std::move(*far_end));
  co_await link.run();
}

}  // namespace

io::Task<Result<std::unique_ptr<PortForwardServer>>> accept_portforward(io::Loop& loop, Request& request,
                                                                        Responder& responder,
                                                                        Random& random) {
  std::unique_ptr<SpdySession> session;
  if (wants_websocket(request.head())) {
    const std::vector<std::string> offered = offered_protocols(request.head());
    std::vector<std::string> spoken = portforward_channel_protocols();
    spoken.insert(spoken.begin(), std::string(tunnel_protocol));
    std::string protocol = choose_protocol(offered, spoken);
    if (protocol.empty() && !offered.empty()) {
      co_return fail(Code::forbidden,
                     fmt::format("unable to negotiate a protocol: the client offers [{}], the server "
                                 "speaks [{}]",
                                 fmt::join(offered, ", "), fmt::join(spoken, ", ")));
    }
    const auto coding = portforward_channel_coding(protocol);
    std::vector<std::uint16_t> ports;
    if (coding) {
      TRY_CO(named, forwarded_ports(request.head().query()));
      ports = std::move(named);
    }
    TRY_CO(socket, co_await accept_websocket(loop, request, responder, std::move(protocol), random));
    if (coding) co_return make_channel_portforward(loop, std::move(socket), std::move(ports), *coding);
    session =
        SpdySession::make(loop, make_websocket_stream(loop, std::move(socket)), SpdySession::Side::server);
  } else {
    std::vector<std::string> spoken{std::string(forwarding_protocol)};
    TRY_CO(plain, co_await accept_spdy(loop, request, responder, std::move(spoken)));
    session = std::move(plain);
  }
  co_return std::make_unique<SpdyPortForwardServer>(loop, std::move(session));
}

io::Task<Result<std::unique_ptr<PortForwardClient>>> connect_portforward(Client& client, std::string target) {
  std::string protocol(forwarding_protocol);
  TRY_CO(session, co_await connect_spdy(client, std::move(target), std::move(protocol)));
  co_return std::make_unique<SpdyPortForwardClient>(client.loop(), std::move(session));
}

io::Task<> proxy_portforward(io::Loop& loop, PortForwardServer& server, PortForwardClient& client) {
  io::Scope connections(loop);
  for (;;) {
    auto connection = co_await server.accept();
    if (!connection) break;
    connections.spawn(carry_connection(loop, std::move(*connection), client));
  }
}

}  // namespace aloft::http
