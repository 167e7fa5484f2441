// Requests on their way to another system over HTTP: a bounded queue in memory, sent in order, tried again
// while trying again may help. What does not fit is refused at once, so a system that is away costs a fixed
// amount of memory and never holds up ingest.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/task.h"

namespace aloft::telemetry::otlp {

struct RemoteSettings {
  std::string name;  // of the destination, in metrics and log lines
  std::string url;   // http:// or https://, with the whole path; "user:password@" becomes a header
  std::vector<std::pair<std::string, std::string>> headers;  // may hold secrets: never logged
  std::size_t queue_bytes = 16 * 1024 * 1024;
  Duration timeout = 10s;  // of one attempt
  Duration least_backoff = 100ms;
  Duration most_backoff = 30s;
  Duration give_up_after = 1h;  // a request that was tried for so long is dropped
};

// The URL as messages and status pages show it: without the user and the password that may stand in it.
std::string without_credentials(std::string_view url);

// Lives on one loop; offer() from any thread.
class RemoteQueue {
 public:
  // Error: invalid for a URL that is none.
  static Result<std::unique_ptr<RemoteQueue>> make(io::EpollLoop& loop, io::Pool& pool,
                                                   RemoteSettings settings, Metrics& metrics);
  virtual ~RemoteQueue() = default;
  // Error: too_many_requests when the queue is full.
  virtual Result<> offer(std::string body) = 0;
  // Sends until dropped.
  virtual io::Task<> run() = 0;
  // Resumes when everything that was offered is sent or dropped, at most after `limit`.
  virtual io::Task<> drain(Duration limit) = 0;
};

}  // namespace aloft::telemetry::otlp
