// Handlers and connections for tests: a handler made of a function, and a served connection over an in-memory
// pair on a simulated loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/client.h"
#include "http/handler.h"
#include "http/server.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http::testing {

class FunctionHandler final : public Handler {
 public:
  using Function = std::function<io::Task<>(Request&, Responder&)>;
  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  io::Task<> handle(Request& request, Responder& responder) override { return function_(request, responder); }

 private:
  Function function_;
};

// Answers with the method, the target and the body of the request; "Served-By" names the protocol's version.
FunctionHandler make_echo();

ResponseHead head_with_status(int status);
RequestHead get(std::string target);
RequestHead request(std::string method, std::string target);

// A server on a simulated loop. The test plays the peer byte by byte.
class RawConnection {
 public:
  RawConnection(io::SimLoop& loop, Handler& handler, ServerSettings settings = {},
                std::size_t buffer_bytes = 1 << 20);

  // Sends the bytes and lets everything happen that happens at this instant.
  void send(std::string_view bytes);
  // What the server has sent since the last call; everything if the peer has read nothing yet.
  std::string receive();
  // Sends, and gives what comes back.
  std::string talk(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  bool closed() const { return ended_; }
  void finish_sending() { wire_->shutdown_write(); }
  void hang_up() { wire_.reset(); }
  io::Stream& wire() { return *wire_; }

 private:
  io::Task<> collect();
  io::Task<> serve(std::unique_ptr<io::Stream> stream, Handler& handler, ServerSettings settings);

  io::SimLoop& loop_;
  std::unique_ptr<io::Stream> wire_;
  std::string received_;
  bool ended_ = false;
  bool reading_ = false;
  io::Scope scope_;
  io::Scope reader_;
};

// A client whose connections are served in memory by `handler`. Both outlive what it gives.
class InMemoryServer {
 public:
  InMemoryServer(io::Loop& loop, Handler& handler, ServerSettings settings = {},
                 std::size_t buffer_bytes = 64 * 1024);
  std::unique_ptr<Client> client(ClientSettings settings = {});
  std::size_t connections_made() const { return made_; }

 private:
  io::Task<Result<std::unique_ptr<io::Stream>>> connect();

  io::Loop& loop_;
  Handler& handler_;
  ServerSettings settings_;
  std::size_t buffer_bytes_;
  std::size_t made_ = 0;
  io::Scope scope_;
};

// The settings of a server with a certificate for "localhost" and 127.0.0.1, and of clients that trust it.
struct TestCertificates {
  TestCertificates();
  KeyPair authority;
  KeyPair server;
  KeyPair client;  // common name "alice", organization "engineers"
  std::shared_ptr<const TlsContext> server_context(std::vector<std::string> protocols = {"h2",
                                                                                         "http/1.1"}) const;
  std::shared_ptr<const TlsContext> client_context(std::vector<std::string> protocols = {"h2", "http/1.1"},
                                                   bool with_certificate = false) const;
};

}  // namespace aloft::http::testing
