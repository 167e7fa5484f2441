// The running telemetry that a command asks: found by its URL or by the data directory of its server.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/command_line.h"
#include "base/random.h"
#include "base/result.h"
#include "http/client.h"
#include "io/epoll_loop.h"
#include "model/value.h"

namespace aloft::app {

// Blocks: a command has nothing else to do. Errors carry the server's message.
class TelemetryServer {
 public:
  // --url, else the address in endpoints.json of --data-dir. Error: there is none.
  static Result<std::unique_ptr<TelemetryServer>> find(const Invocation& call);
  TelemetryServer(std::string url, io::Address address);  // for find()

  // `path` with an encoded query.
  Result<std::string> get_text(const std::string& path, const std::string& accept = "application/json");
  Result<model::Value> get(const std::string& path);
  Result<model::Value> send(const std::string& method, const std::string& path, const std::string& json);
  // The `data` of Prometheus' and Loki's answers; warnings go to standard error.
  Result<model::Value> get_data(const std::string& path);
  // Waits without a busy loop.
  void pause(Duration duration);
  // Opens a WebSocket at `path` and hands over each message as it comes. Returns when the server closes it in
  // order. Error: not connected (unavailable, timeout, or what the server says), or the connection broke;
  // `connected` tells which.
  Result<> listen(const std::string& path, const std::function<void(const std::string& message)>& take,
                  bool& connected);

 private:
  Result<std::string> exchange(std::string method, std::string path, std::string body, std::string accept);
  // Of what was answered with a status that is no success.
  static Error refusal(int status, const std::string& body);
  std::string url_;
  io::EpollLoop loop_;
  SystemRandom random_;
  std::unique_ptr<http::Client> client_;
};

// A form's query: encode({{"query", text}}) gives "query=up".
std::string encode_query(std::initializer_list<std::pair<std::string, std::string>> fields);

// Times as people give them: RFC 3339, seconds since 1970, or how long ago ("5m"). `now` for an empty text.
// Error: invalid, naming the option.
Result<WallTime> parse_moment(std::string_view option, const std::string& text, WallTime now);
// Seconds with decimals, as the HTTP interfaces take them.
std::string format_moment(WallTime time);

}  // namespace aloft::app
