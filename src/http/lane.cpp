// Choosing the protocol of each connection, and ending connections in order.
#include "http/lane.h"

#include "base/log.h"
#include "http/http1_server.h"
#include "http/http2_server.h"
#include "io/timeout.h"

namespace aloft::http::detail {
namespace {

const Log log("http");

}  // namespace

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

Lane::Lane(io::EpollLoop& loop, Handler& handler, ServerSettings settings)
    : loop_(loop), service_(loop, handler, std::move(settings)), ended_(loop), connections_(loop) {}

void Lane::take(io::Listener::Incoming incoming) {
  auto stream = io::make_descriptor_stream(loop_, incoming.socket.release());
  connections_.spawn(connection(std::move(stream), std::move(incoming.peer)));
}

io::Task<> Lane::connection(std::unique_ptr<io::Stream> stream, io::Address peer) {
  struct Count {
    Lane& lane;
    explicit Count(Lane& l) : lane(l) {}
    ~Count() {
      lane.open_.fetch_sub(1, std::memory_order_relaxed);
      lane.ended_.notify_all();
    }
  };
  const Count count(*this);
  co_await serve_stream(service_, std::move(stream), std::move(peer));
}

io::Task<> Lane::shut_down(Duration grace) {
  service_.draining = true;
  const auto known = service_.connections;
  for (Drainable* connection : known) connection->drain();
  const Time end = loop_.now() + grace;
  while (connections() > 0 && loop_.now() < end) co_await ended_.wait_until(end);
  connections_.cancel();
}

}  // namespace aloft::http::detail
