// Accepting connections, choosing the protocol of each, and ending them in order.
#include "http/server.h"

#include <ctime>

#include "base/log.h"
#include "http/http1_server.h"
#include "http/http2_server.h"
#include "http/service.h"
#include "io/scope.h"
#include "io/timeout.h"

namespace aloft::http {
namespace detail {

const std::string& Service::date() {
  if (settings.clock == nullptr) return date_;
  const std::int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(settings.clock->wall().since_epoch).count();
  if (second == date_second_) return date_;
  date_second_ = second;
  std::tm parts{};
  const std::time_t time = second;
  ::gmtime_r(&time, &parts);
  char text[40];
  // The program never sets a locale, so the names are the English ones that RFC 9110 section 5.6.7 wants.
  date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  return date_;
}

}  // namespace detail

namespace {

using namespace detail;

const Log log("http");

constexpr Duration accept_pause = 100ms;

io::Task<> serve_stream(Service& service, std::unique_ptr<io::Stream> stream, io::Address address) {
  Peer peer;
  peer.address = std::move(address);
  Handover start;
  if (service.settings.tls) {
    auto greeting = tls_accept(service.loop, service.settings.tls, std::move(stream));
    auto accepted = co_await io::within(service.loop, service.settings.header_timeout, std::move(greeting));
    if (!accepted || !*accepted) {
      log.debug("{}: {}", peer.address.to_string(),
                accepted ? accepted->error().message() : "handshake timed out");
      co_return;
    }
    peer.secure = true;
    peer.certificate = (**accepted)->peer_certificate();
    const bool http2 = (**accepted)->protocol() == "h2";
    start.stream = std::move(**accepted);
    if (!http2) start = co_await serve_http1(service, std::move(start.stream), peer);
  } else {
    start = co_await serve_http1(service, std::move(stream), peer);
  }
  if (start.stream) co_await serve_http2(service, std::move(start), peer);
}

class RunningServer final : public Server {
 public:
  RunningServer(io::EpollLoop& loop, std::unique_ptr<io::Listener> listener, Handler& handler,
                ServerSettings settings)
      : service_(loop, handler, std::move(settings)),
        listener_(std::move(listener)),
        address_(listener_->address()),
        ended_(loop),
        accepting_(loop),
        connections_(loop) {
    accepting_.spawn(accept());
  }

  const io::Address& address() const override { return address_; }
  std::size_t connections() const override { return open_; }
  io::Task<> shut_down(Duration grace) override;

 private:
  io::Task<> accept();
  io::Task<> connection(io::Listener::Accepted accepted);

  Service service_;
  std::unique_ptr<io::Listener> listener_;
  io::Address address_;
  std::size_t open_ = 0;
  io::WaitList ended_;
  io::Scope accepting_;
  io::Scope connections_;
};

io::Task<> RunningServer::accept() {
  for (;;) {
    auto accepted = co_await listener_->accept();
    if (!accepted) {
      // Most likely no descriptors are left; connections that end give some back.
      log.warning("{}", accepted.error().message());
      co_await service_.loop.sleep(accept_pause);
      continue;
    }
    if (open_ >= service_.settings.connection_limit) {
      log.warning("{}: {} connections are open, a further one was closed", address_.to_string(), open_);
      continue;
    }
    connections_.spawn(connection(std::move(*accepted)));
  }
}

io::Task<> RunningServer::connection(io::Listener::Accepted accepted) {
  struct Count {
    RunningServer& server;
    explicit Count(RunningServer& s) : server(s) { ++server.open_; }
    ~Count() {
      --server.open_;
      server.ended_.notify_all();
    }
  };
  const Count count(*this);
  co_await serve_stream(service_, std::move(accepted.stream), std::move(accepted.peer));
}

io::Task<> RunningServer::shut_down(Duration grace) {
  accepting_.cancel();
  listener_.reset();
  service_.draining = true;
  const auto known = service_.connections;
  for (Drainable* connection : known) connection->drain();
  const Time end = service_.loop.now() + grace;
  while (open_ > 0 && service_.loop.now() < end) co_await ended_.wait_until(end);
  connections_.cancel();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(io::EpollLoop& loop, const io::Address& address,
                                              Handler& handler, ServerSettings settings) {
  TRY(listener, io::Listener::listen(loop, address));
  return std::make_unique<RunningServer>(loop, std::move(listener), handler, std::move(settings));
}

io::Task<> serve_connection(io::Loop& loop, std::unique_ptr<io::Stream> stream, Handler& handler,
                            ServerSettings settings) {
  Service service(loop, handler, std::move(settings));
  io::Address nowhere;
  co_await serve_stream(service, std::move(stream), std::move(nowhere));
}

}  // namespace aloft::http
