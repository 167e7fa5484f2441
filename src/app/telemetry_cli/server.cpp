// Finding the server and asking it.
#include "app/telemetry_cli/server.h"

#include <charconv>
#include <cstdio>

#include "app/data_directory.h"
#include "base/bytes.h"
#include "http/websocket.h"
#include "io/file.h"
#include "io/timeout.h"
#include "model/json.h"
#include "telemetry/core/durations.h"

namespace aloft::app {
namespace {

constexpr Duration patience = 120s;

struct Answer {
  int status = 0;
  std::string body;
};

io::Task<Result<Answer>> ask(http::Client& client, http::RequestHead head, std::string body) {
  auto response = co_await client.send(std::move(head), std::move(body));
  if (!response) co_return std::unexpected<Error>(response.error());
  Answer answer;
  answer.status = (*response)->head().status;
  auto text = co_await (*response)->read_whole_body(256 * 1024 * 1024);
  if (!text) co_return std::unexpected<Error>(text.error());
  answer.body = std::move(*text);
  co_return answer;
}

using Upgraded = http::Client::Upgraded;

http::RequestHead websocket_head(const std::string& path, Random& random) {
  std::array<std::byte, 16> key{};
  random.fill(key);
  http::RequestHead head;
  head.method = "GET";
  head.target = path;
  head.headers.add("Connection", "Upgrade");
  head.headers.add("Upgrade", "websocket");
  head.headers.add("Sec-WebSocket-Version", "13");
  head.headers.add("Sec-WebSocket-Key",
                   base64_encode({reinterpret_cast<const char*>(key.data()), key.size()}));
  return head;
}

io::Task<Result<>> hand_over(http::WebSocket& socket,
                             const std::function<void(const std::string& message)>& take) {
  for (;;) {
    auto message = co_await socket.read();
    if (!message) co_return std::unexpected<Error>(message.error());
    if (!message->has_value()) co_return Result<>{};
    take((**message).data);
  }
}

// What the server says went wrong, whatever form it says it in.
std::string message_of(const std::string& body) {
  std::string text = body;
  if (const auto json = model::parse_json(body)) {
    for (const char* key : {"error", "message"}) {
      if (const std::string_view found = json->text_at(key); !found.empty()) return std::string(found);
    }
    if (const std::string* whole = json->if_string()) return *whole;
  }
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(0, 500);
}

}  // namespace

TelemetryServer::TelemetryServer(std::string url, io::Address address) : url_(std::move(url)) {
  http::ClientSettings settings;
  settings.address = std::move(address);
  client_ = http::Client::make(loop_, std::move(settings));
}

Result<std::unique_ptr<TelemetryServer>> TelemetryServer::find(const Invocation& call) {
  std::string url = call.get("url");
  if (url.empty()) {
    const DataDirectory directory(call.get("data-dir"));
    auto text = io::read_file(directory.endpoints());
    if (!text) {
      return std::unexpected<Error>(
          text.error().at("no telemetry is known here; give --data-dir or --url, or start aloft"));
    }
    TRY(endpoints, model::parse_json(*text));
    url = endpoints.text_at("telemetry");
    if (url.empty())
      return fail(Code::not_found, fmt::format("{}: names no telemetry", directory.endpoints()));
  }
  std::string_view rest = url;
  if (!rest.starts_with("http://"))
    return fail(Code::invalid, fmt::format("--url {}: expected http://ADDR:PORT", url));
  rest.remove_prefix(7);
  rest = rest.substr(0, rest.find('/'));
  auto address = io::parse_address(rest);
  if (!address) return std::unexpected<Error>(address.error().at("--url"));
  return std::make_unique<TelemetryServer>(std::string(url), std::move(*address));
}

Result<std::string> TelemetryServer::exchange(std::string method, std::string path, std::string body,
                                              std::string accept) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = std::move(path);
  head.headers.add("Accept", std::move(accept));
  if (!body.empty()) head.headers.add("Content-Type", "application/json");
  auto asking = ask(*client_, std::move(head), std::move(body));
  auto answer = loop_.run_until_done(io::within(loop_, patience, std::move(asking)));
  if (!answer) return fail(Code::timeout, fmt::format("{} does not answer", url_));
  if (!*answer) return std::unexpected<Error>(answer->error().at(url_));
  if ((*answer)->status / 100 == 2) return std::move((*answer)->body);
  return fail(refusal((*answer)->status, (*answer)->body));
}

Error TelemetryServer::refusal(int status, const std::string& body) {
  const std::string message = message_of(body);
  return Error(status == 404 ? Code::not_found : Code::unavailable,
               message.empty() ? fmt::format("HTTP {}", status) : message);
}

Result<> TelemetryServer::listen(const std::string& path,
                                 const std::function<void(const std::string& message)>& take,
                                 bool& connected) {
  connected = false;
  http::RequestHead head = websocket_head(path, random_);
  const std::string expected = http::websocket_accept(head.headers.get("Sec-WebSocket-Key"));
  auto asking = client_->upgrade(std::move(head));
  auto answer = loop_.run_until_done(io::within(loop_, patience, std::move(asking)));
  if (!answer) return fail(Code::timeout, fmt::format("{} does not answer", url_));
  if (!*answer) return std::unexpected<Error>(answer->error().at(url_));
  Upgraded& upgraded = **answer;
  if (upgraded.stream == nullptr) return fail(refusal(upgraded.head.status, upgraded.body));
  if (upgraded.head.headers.get("Sec-WebSocket-Accept") != expected)
    return fail(Code::unavailable, fmt::format("{} answers a WebSocket that was not asked for", url_));
  connected = true;
  const auto socket = http::WebSocket::make(loop_, std::move(upgraded.stream), http::WebSocket::Side::client,
                                            random_, 256 * 1024 * 1024);
  return loop_.run_until_done(hand_over(*socket, take));
}

Result<std::string> TelemetryServer::get_text(const std::string& path, const std::string& accept) {
  return exchange("GET", path, "", accept);
}

Result<model::Value> TelemetryServer::get(const std::string& path) {
  TRY(text, get_text(path));
  return model::parse_json(text);
}

Result<model::Value> TelemetryServer::send(const std::string& method, const std::string& path,
                                           const std::string& json) {
  TRY(text, exchange(method, path, json, "application/json"));
  if (text.empty()) return model::Value();
  return model::parse_json(text);
}

Result<model::Value> TelemetryServer::get_data(const std::string& path) {
  TRY(answer, get(path));
  for (const char* key : {"warnings", "infos"}) {
    const model::Value* remarks = answer.at(key);
    if (remarks == nullptr || !remarks->is_array()) continue;
    for (const model::Value& remark : remarks->as_array()) {
      if (const std::string* text = remark.if_string()) fmt::print(stderr, "{}\n", *text);
    }
  }
  model::Value* data = answer.at("data");
  if (data == nullptr) return fail(Code::internal, "the answer holds no data");
  return std::move(*data);
}

void TelemetryServer::pause(Duration duration) {
  const auto wait = [this, duration]() -> io::Task<> { co_await loop_.sleep(duration); };
  loop_.run_until_done(wait());
}

std::string encode_query(std::initializer_list<std::pair<std::string, std::string>> fields) {
  http::Query query;
  for (const auto& [key, value] : fields) {
    if (!value.empty()) query.add(key, value);
  }
  return query.to_string();
}

Result<WallTime> parse_moment(std::string_view option, const std::string& text, WallTime now) {
  if (text.empty() || text == "now") return now;
  if (const auto ago = telemetry::parse_prometheus_duration(text)) return now - *ago;
  if (const auto time = parse_time(text)) return *time;
  double seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && std::abs(seconds) < 9e9)
    return WallTime{std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9))};
  return fail(Code::invalid,
              fmt::format("--{} {}: expected a time such as 2026-01-02T03:04:05Z, 1767323045 or 5m (ago)",
                          option, text));
}

std::string format_moment(WallTime time) {
  const std::int64_t ms = time.since_epoch / 1ms;
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

}  // namespace aloft::app
