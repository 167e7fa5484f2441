// The two ends of a DNS server in a test: a client that asks, and a name server that answers as it is told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/epoll_loop.h"
#include "io/net.h"
#include "io/scope.h"
#include "network/testing/dns_reader.h"

namespace aloft::network {

// Asks over UDP and waits for the answer, however long it takes.
io::Task<ReadMessage> ask_by_datagram(io::EpollLoop& loop, io::Address server, std::string query);
// Asks over TCP; the message is not good when the server closes instead.
io::Task<ReadMessage> ask_by_stream(io::EpollLoop& loop, io::Address server, std::string query);

// A name server on loopback, over UDP and TCP.
class FakeNameServer {
 public:
  // The answer to a query, or nothing.
  using Answer = std::function<std::optional<std::string>(std::string_view query, bool stream)>;
  FakeNameServer(io::EpollLoop& loop, Answer answer);
  const io::Address& address() const { return listener_->address(); }
  int asked() const { return asked_; }

 private:
  io::Task<> serve_datagrams();
  io::Task<> serve_streams();

  Answer answer_;
  int asked_ = 0;
  std::unique_ptr<io::Listener> listener_;
  std::unique_ptr<io::Descriptor> datagrams_;
  io::Scope scope_;
};

}  // namespace aloft::network
