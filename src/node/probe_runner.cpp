// See probe_runner.h. Messages are kubelet's, because people search for them.
#include "node/probe_runner.h"

#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "http/client.h"
#include "http/grpc.h"
#include "io/net.h"
#include "io/timeout.h"
#include "model/codec.h"
#include "node/probe_messages.h"

namespace aloft::node {

namespace {

constexpr std::size_t body_limit = 10 * 1024;
constexpr int redirection_limit = 10;
constexpr std::int32_t serving = 1;  // of grpc.health.v1

// A number, or the name of one of the container's ports.
Result<std::int32_t> port_of(const model::IntOrString& port, const core::v1::Container* container) {
  if (port.is_int()) return port.as_int();
  if (container != nullptr) {
    for (const core::v1::ContainerPort& known : container->ports) {
      if (known.name == port.as_string()) return known.containerPort;
    }
  }
  const std::string& text = port.as_string();
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos && text.size() < 6)
    return std::stoi(text);
  return fail(Code::invalid, fmt::format("port \"{}\" not found", text));
}

std::string url_host(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// Why a connection could not be made, in the words that people know from probes.
std::string dial_error(const std::string& where, const Error& error) {
  std::string text = error.message();
  const std::string prefix = "connect " + where + ": ";
  const std::size_t at = text.find(prefix);
  if (at == std::string::npos) return text;
  text.erase(0, at + prefix.size());
  if (!text.empty()) text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return fmt::format("dial tcp {}: connect: {}", where, text);
}

// Where an HTTP probe asks.
struct Place {
  bool secure = false;
  std::string host;
  std::int32_t port = 0;
  std::string path;
  std::string url() const {
    return fmt::format("{}://{}:{}{}", secure ? "https" : "http", url_host(host), port, path);
  }
};

// Where a redirection leads; nullopt when that is another host, which a probe does not follow.
std::optional<Place> redirected(const Place& from, std::string_view location) {
  Place to = from;
  if (location.starts_with("//")) return std::nullopt;
  if (const std::size_t scheme = location.find("://"); scheme != std::string_view::npos) {
    to.secure = location.substr(0, scheme) == "https";
    location.remove_prefix(scheme + 3);
    const std::size_t slash = std::min(location.find('/'), location.size());
    std::string_view authority = location.substr(0, slash);
    location.remove_prefix(slash);
    to.port = to.secure ? 443 : 80;
    const std::string host = url_host(from.host);
    if (!authority.starts_with(host)) return std::nullopt;
    authority.remove_prefix(host.size());
    if (!authority.empty()) {
      if (authority.front() != ':') return std::nullopt;
      authority.remove_prefix(1);
      const auto parsed = std::from_chars(authority.data(), authority.data() + authority.size(), to.port);
      if (parsed.ec != std::errc()) return std::nullopt;
    }
    to.path = location.empty() ? "/" : std::string(location);
    return to;
  }
  if (location.starts_with('/')) {
    to.path = location;
  } else {
    const std::string plain = from.path.substr(0, from.path.find('?'));
    to.path = plain.substr(0, plain.rfind('/') + 1) + std::string(location);
  }
  to.path = to.path.substr(0, to.path.find('#'));
  return to;
}

struct HttpAnswer {
  int status = 0;
  std::string location;
  bool redirects() const {
    return !location.empty() &&
           (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
  }
};

class LocalProbes final : public ProbeRunner {
 public:
  LocalProbes(io::EpollLoop& loop, Runtime& runtime) : loop_(loop), runtime_(runtime) {}

  io::Task<Outcome> probe(Target target, core::v1::ProbeHandler handler, Duration timeout) override {
    if (handler.exec) co_return co_await run_command(std::move(target), handler.exec->command, timeout);
    if (handler.httpGet) co_return co_await probe_http(std::move(target), *handler.httpGet, timeout);
    if (handler.tcpSocket) co_return co_await connect_tcp(std::move(target), *handler.tcpSocket, timeout);
    if (handler.grpc) co_return co_await ask_grpc(std::move(target), *handler.grpc, timeout);
    co_return Outcome{true, {}};
  }

  io::Task<Outcome> hook(Target target, core::v1::LifecycleHandler handler, Duration timeout) override {
    if (handler.exec) co_return co_await run_command(std::move(target), handler.exec->command, timeout);
    if (handler.httpGet) {
      // Whatever the answer is, the hook was heard.
      auto status = co_await ask_http(std::move(target), *handler.httpGet, timeout);
      if (!status) co_return failed(status.error().message());
    }
    if (handler.sleep)
      co_await loop_.sleep(std::min<Duration>(std::chrono::seconds(handler.sleep->seconds), timeout));
    co_return Outcome{true, {}};
  }

 private:
  static Outcome failed(std::string output) { return Outcome{false, std::move(output)}; }

  io::Task<Outcome> run_command(Target target, std::vector<std::string> command, Duration timeout) {
    const std::string text = fmt::format("{}", fmt::join(command, " "));
    auto result = co_await runtime_.exec(target.container_id, std::move(command), timeout);
    if (!result && result.error().code() == Code::timeout) {
      co_return failed(
          fmt::format("command timed out: \"{}\" timed out after {}", text, format_duration(timeout)));
    }
    if (!result) co_return failed(result.error().message());
    Outcome outcome;
    outcome.good = result->code == 0;
    outcome.output = result->output.substr(0, body_limit);
    if (!outcome.good && outcome.output.empty())
      outcome.output = fmt::format("command exited with {}", result->code);
    co_return outcome;
  }

  io::Task<Outcome> connect_tcp(Target target, core::v1::TCPSocketAction action, Duration timeout) {
    auto port = port_of(action.port, target.container);
    if (!port) co_return failed(port.error().message());
    io::Address address;
    address.host = action.host.empty() ? target.pod_ip : action.host;
    address.port = *port;
    const std::string where = address.to_string();
    auto stream = co_await io::within(loop_, timeout, io::connect(loop_, std::move(address)));
    if (!stream) co_return failed(fmt::format("dial tcp {}: i/o timeout", where));
    if (!*stream) co_return failed(dial_error(where, stream->error()));
    co_return Outcome{true, {}};
  }

  io::Task<Outcome> probe_http(Target target, core::v1::HTTPGetAction action, Duration timeout) {
    auto status = co_await ask_http(std::move(target), std::move(action), timeout);
    if (!status) co_return failed(status.error().message());
    if (*status >= 200 && *status < 400) co_return Outcome{true, {}};
    co_return failed(fmt::format("HTTP probe failed with statuscode: {}", *status));
  }

  // The status of the answer, after redirections within the host. Error: why there is none.
  io::Task<Result<int>> ask_http(Target target, core::v1::HTTPGetAction action, Duration timeout) {
    TRY_CO(port, port_of(action.port, target.container));
    Place place;
    place.secure = action.scheme == "HTTPS";
    place.host = action.host.empty() ? target.pod_ip : action.host;
    place.port = port;
    place.path = action.path.starts_with('/') ? action.path : "/" + action.path;
    const Time limit = loop_.now() + timeout;
    for (int redirections = 0;; ++redirections) {
      const std::string url = place.url();
      io::Address address;
      address.host = place.host;
      address.port = place.port;
      const Duration left = limit - loop_.now();
      auto answer = co_await io::within(loop_, left, fetch(place, action.httpHeaders, left));
      if (!answer) {
        co_return fail(Code::timeout,
                       fmt::format("Get \"{}\": context deadline exceeded (Client.Timeout exceeded while "
                                   "awaiting headers)",
                                   url));
      }
      if (!*answer) {
        co_return fail(answer->error().code(),
                       fmt::format("Get \"{}\": {}", url, dial_error(address.to_string(), answer->error())));
      }
      const auto next = (*answer)->redirects() ? redirected(place, (*answer)->location) : std::nullopt;
      if (!next) co_return (*answer)->status;
      if (redirections == redirection_limit) {
        co_return fail(Code::unavailable,
                       fmt::format("Get \"{}\": stopped after {} redirects", next->path, redirection_limit));
      }
      place = *next;
    }
  }

  io::Task<Result<HttpAnswer>> fetch(Place place, std::vector<core::v1::HTTPHeader> headers,
                                     Duration timeout) {
    http::ClientSettings settings;
    settings.address.host = place.host;
    settings.address.port = place.port;
    settings.connect_timeout = timeout;
    if (place.secure) {
      http::TlsContext::ClientSettings tls;
      tls.verify = false;
      tls.protocols = {"http/1.1"};
      TRY_CO(context, http::TlsContext::client(tls));
      settings.tls = std::move(context);
    }
    http::RequestHead head;
    head.method = "GET";
    head.target = place.path;
    head.headers.add("User-Agent", "kube-probe/1.32");
    head.headers.add("Accept", "*/*");
    head.headers.add("Connection", "close");
    for (const core::v1::HTTPHeader& header : headers) {
      if (http::equal_without_case(header.name, "Host"))
        settings.authority = header.value;
      else
        head.headers.set(header.name, header.value);
    }
    const std::unique_ptr<http::Client> client = http::Client::make(loop_, std::move(settings));
    TRY_CO(response, co_await client->send(std::move(head)));
    HttpAnswer answer;
    answer.status = response->head().status;
    answer.location = response->head().headers.get("Location");
    for (std::size_t total = 0; total < body_limit;) {
      auto piece = co_await response->read_body();
      if (!piece || piece->empty()) break;
      total += piece->size();
    }
    co_return answer;
  }

  io::Task<Outcome> ask_grpc(Target target, core::v1::GRPCAction action, Duration timeout) {
    http::ClientSettings settings;
    settings.address.host = target.pod_ip;
    settings.address.port = action.port;
    settings.http2_prior_knowledge = true;
    settings.connect_timeout = timeout;
    const std::string where = settings.address.to_string();
    const std::unique_ptr<http::Client> client = http::Client::make(loop_, std::move(settings));
    health::CheckRequest request;
    request.service = action.service.value_or("");
    std::string message = model::to_protobuf(request, model::Presence::proto3);
    auto bytes =
        co_await http::grpc_call(*client, "/grpc.health.v1.Health/Check", std::move(message), timeout);
    if (!bytes && (bytes.error().code() == Code::unavailable || bytes.error().code() == Code::timeout)) {
      co_return failed(
          fmt::format("timeout: failed to connect service \"{}\" within {}: context deadline exceeded", where,
                      format_duration(timeout)));
    }
    if (!bytes) co_return failed(fmt::format("error: health rpc probe failed: {}", bytes.error().message()));
    auto answer = model::from_protobuf<health::CheckResponse>(*bytes);
    if (!answer) co_return failed(answer.error().message());
    if (answer->status == serving) co_return Outcome{true, {}};
    co_return failed(
        fmt::format("service unhealthy (responded with \"{}\")", answer->status == 2   ? "NOT_SERVING"
                                                                 : answer->status == 3 ? "SERVICE_UNKNOWN"
                                                                                       : "UNKNOWN"));
  }

  io::EpollLoop& loop_;
  Runtime& runtime_;
};

}  // namespace

std::unique_ptr<ProbeRunner> make_probe_runner(io::EpollLoop& loop, Runtime& runtime) {
  return std::make_unique<LocalProbes>(loop, runtime);
}

}  // namespace aloft::node
