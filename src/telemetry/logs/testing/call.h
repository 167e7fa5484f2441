// Requests to routes without a connection, for tests of work that runs on a pool.
#pragma once

#include <memory>
#include <string>

#include "http/handler.h"
#include "io/epoll_loop.h"

namespace aloft::telemetry::logs {

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
};
Answer call(io::EpollLoop& loop, http::Handler& handler, std::string method, std::string target,
            http::Headers headers = {}, std::string body = {});

// The other end of a connection that a handler upgrades; the handler runs until this goes away.
class UpgradedCall {
 public:
  virtual ~UpgradedCall() = default;
  virtual std::unique_ptr<io::Stream> take_stream() = 0;
  virtual int status() const = 0;
};
std::unique_ptr<UpgradedCall> call_upgraded(io::EpollLoop& loop, http::Handler& handler, std::string target,
                                            http::Headers headers);

}  // namespace aloft::telemetry::logs
