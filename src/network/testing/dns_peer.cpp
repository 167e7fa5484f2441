// Sockets of a DNS client and of a name server, for tests.
#include "network/testing/dns_peer.h"

#include <array>

#include <sys/socket.h>

#include "network/dns_socket.h"

namespace aloft::network {
namespace {

std::unique_ptr<io::Descriptor> datagram_socket(io::EpollLoop& loop) {
  return std::make_unique<io::Descriptor>(loop, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

io::Task<std::string> receive(io::Descriptor& from, SocketAddress* sender) {
  std::array<char, 4096> buffer;
  for (;;) {
    SocketAddress who;
    const ssize_t size = recvfrom(from.fd(), buffer.data(), buffer.size(), 0, who.get(), &who.size);
    if (size >= 0) {
      if (sender != nullptr) *sender = who;
      co_return std::string(buffer.data(), static_cast<std::size_t>(size));
    }
    from.clear_readable();
    co_await from.readable();
  }
}

}  // namespace

io::Task<ReadMessage> ask_by_datagram(io::EpollLoop& loop, io::Address server, std::string query) {
  auto socket = datagram_socket(loop);
  auto target = to_socket_address(server);
  (void)sendto(socket->fd(), query.data(), query.size(), 0, target->get(), target->size);
  const std::string answer = co_await receive(*socket, nullptr);
  co_return read_message(answer);
}

io::Task<ReadMessage> ask_by_stream(io::EpollLoop& loop, io::Address server, std::string query) {
  auto stream = co_await io::connect(loop, server);
  if (!stream) co_return ReadMessage();
  const std::string framed = frame_dns_message(query);
  auto written = co_await (*stream)->write(framed);
  if (!written) co_return ReadMessage();
  const std::string answer = co_await read_dns_message(**stream);
  co_return read_message(answer);
}

FakeNameServer::FakeNameServer(io::EpollLoop& loop, Answer answer)
    : answer_(std::move(answer)), datagrams_(datagram_socket(loop)), scope_(loop) {
  // A number that is free for TCP may be taken for UDP.
  const io::Address any{"127.0.0.1", 0};
  for (;;) {
    auto listener = io::Listener::listen(loop, any);
    ensure(listener.has_value(), "loopback has a free port");
    auto target = to_socket_address((*listener)->address());
    if (bind(datagrams_->fd(), target->get(), target->size) != 0) continue;
    listener_ = std::move(*listener);
    break;
  }
  scope_.spawn(serve_datagrams());
  scope_.spawn(serve_streams());
}

io::Task<> FakeNameServer::serve_datagrams() {
  for (;;) {
    SocketAddress from;
    const std::string query = co_await receive(*datagrams_, &from);
    ++asked_;
    const auto answer = answer_(query, false);
    if (answer) (void)sendto(datagrams_->fd(), answer->data(), answer->size(), 0, from.get(), from.size);
  }
}

io::Task<> FakeNameServer::serve_streams() {
  for (;;) {
    auto accepted = co_await listener_->accept();
    if (!accepted) continue;
    const std::string query = co_await read_dns_message(*accepted->stream);
    if (query.empty()) continue;
    ++asked_;
    const auto answer = answer_(query, true);
    if (!answer) continue;
    const std::string framed = frame_dns_message(*answer);
    auto written = co_await accepted->stream->write(framed);
    (void)written;
  }
}

}  // namespace aloft::network
