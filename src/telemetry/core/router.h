// Routes of the telemetry interfaces: a method and a pattern with {names} to a coroutine. All of Prometheus,
// Loki, Tempo, Jaeger, Alertmanager and OTLP stand on one router and one port.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/handler.h"
#include "io/task.h"

namespace aloft::telemetry {

// One request at a route. Valid until the route's task ends.
class Exchange {
 public:
  Exchange(http::Request& request, http::Responder& responder) : request_(request), responder_(responder) {}
  http::Request& request() { return request_; }
  http::Responder& responder() { return responder_; }
  const http::RequestHead& head() const { return request_.head(); }
  // The part of the path that stood for {name}, decoded.
  std::string_view path(std::string_view name) const;
  // The query string and, for a POST of application/x-www-form-urlencoded, the form; form fields first, as
  // Go's Request.Form. Reads the body at its first call.
  io::Task<Result<http::Query>> form();
  // The body with Content-Encoding undone, both within the limit. Error: too_large, invalid,
  // unsupported_media_type.
  io::Task<Result<std::string>> body(std::size_t limit_bytes = 64 * 1024 * 1024);

  io::Task<> send(int status, std::string_view content_type, std::string body);
  io::Task<> send_json(std::string body) { return send(200, "application/json", std::move(body)); }
  io::Task<> send_nothing(int status) { return send(status, "", ""); }
  // text/plain with the status that the error's code stands for, and Retry-After where it has one.
  io::Task<> send_error(Error error);

 private:
  friend class Router;
  http::Request& request_;
  http::Responder& responder_;
  std::vector<std::pair<std::string, std::string>> path_;
};

using Route = std::function<io::Task<>(Exchange&)>;

// Lives on one loop. A path that no pattern fits gets 404, a method that none takes 405. HEAD is served by
// GET's routes.
class Router final : public http::Handler {
 public:
  // `pattern`: "/api/v1/label/{name}/values"; a last segment "{rest...}" takes what remains. Literal
  // segments go before names. `methods`: "GET", or several as "GET,POST".
  void add(std::string_view methods, std::string_view pattern, Route route);
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  struct Entry {
    std::vector<std::string> methods;
    std::vector<std::string> segments;
    Route route;
  };
  const Entry* find(std::string_view method, const std::vector<std::string>& segments, bool& path_known,
                    std::vector<std::pair<std::string, std::string>>& names) const;
  std::vector<Entry> entries_;
};

}  // namespace aloft::telemetry
