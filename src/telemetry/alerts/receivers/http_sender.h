// HTTP as receivers need it: by URL, with the authorization, TLS, proxy and redirects of an http_config.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "http/message.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/alerts/config/section.h"

namespace aloft::telemetry::alerts {

struct HttpCall {
  std::string method = "POST";
  std::string url;
  http::Headers headers;
  std::string body;
  const Section* client = nullptr;  // the http_config; null: plain. Outlives the call
};

struct HttpReply {
  int status = 0;
  http::Headers headers;
  std::string body;  // the first 64 KiB
};

// Lives on the alerts' loop.
class HttpSender {
 public:
  virtual ~HttpSender() = default;
  // Error: unavailable, invalid, ...: without the URL, which may be secret.
  virtual io::Task<Result<HttpReply>> send(std::shared_ptr<const HttpCall> call) = 0;
};

std::unique_ptr<HttpSender> make_http_sender(io::EpollLoop& loop, io::Pool& pool);

// The address of a host name or IP address; blocks. Error: unavailable, naming the host.
Result<std::string> resolve_host(const std::string& host);

}  // namespace aloft::telemetry::alerts
