// The Runtime that real containers run in: containerd's CRI plugin over its unix socket.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.h"
#include "io/epoll_loop.h"
#include "io/scope.h"
#include "model/codec.h"
#include "node/runtime.h"

namespace aloft::node {

// Calls of runtime.v1 with described messages. Lives on one loop.
class CriClient {
 public:
  CriClient(io::EpollLoop& loop, std::string socket_path);
  ~CriClient();

  // `method` is "RuntimeService/Version". The error is the server's; unavailable when nobody answers.
  template <class Answer, class Question>
  io::Task<Result<Answer>> call(std::string_view method, const Question& question, Duration deadline) {
    std::string message = model::to_protobuf(question, model::Presence::proto3);
    auto bytes = co_await call_bytes("/runtime.v1." + std::string(method), std::move(message), deadline);
    if (!bytes) co_return std::unexpected<Error>(bytes.error());
    co_return model::from_protobuf<Answer>(*bytes);
  }
  io::Task<Result<std::string>> call_bytes(std::string method, std::string message, Duration deadline);
  http::Client& connection() { return *connection_; }

 private:
  std::unique_ptr<http::Client> connection_;
};

// The socket must answer calls later, not at construction.
std::unique_ptr<Runtime> make_cri_runtime(io::EpollLoop& loop, std::string socket_path);

}  // namespace aloft::node
