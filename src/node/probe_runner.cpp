// See probe_runner.h. Messages are kubelet's, because people search for them.
#include "node/probe_runner.h"

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

class LocalProbes final : public ProbeRunner {
 public:
  LocalProbes(io::EpollLoop& loop, Runtime& runtime) : loop_(loop), runtime_(runtime) {}

  io::Task<Outcome> probe(Target target, core::v1::ProbeHandler handler, Duration timeout) override {
    if (handler.exec) co_return co_await run_command(std::move(target), handler.exec->command, timeout);
    if (handler.httpGet) co_return co_await ask_http(std::move(target), *handler.httpGet, timeout);
    if (handler.tcpSocket) co_return co_await connect_tcp(std::move(target), *handler.tcpSocket, timeout);
    if (handler.grpc) co_return co_await ask_grpc(std::move(target), *handler.grpc, timeout);
    co_return Outcome{true, {}};
  }

  io::Task<Outcome> hook(Target target, core::v1::LifecycleHandler handler, Duration timeout) override {
    if (handler.exec) co_return co_await run_command(std::move(target), handler.exec->command, timeout);
    if (handler.httpGet) co_return co_await ask_http(std::move(target), *handler.httpGet, timeout);
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
    if (!*stream) co_return failed(fmt::format("dial tcp {}: {}", where, stream->error().message()));
    co_return Outcome{true, {}};
  }

  io::Task<Outcome> ask_http(Target target, core::v1::HTTPGetAction action, Duration timeout) {
    auto port = port_of(action.port, target.container);
    if (!port) co_return failed(port.error().message());
    const std::string host = action.host.empty() ? target.pod_ip : action.host;
    const bool secure = action.scheme == "HTTPS";
    std::string path = action.path.empty() ? "/" : action.path;
    if (!path.starts_with('/')) path = "/" + path;
    const std::string url =
        fmt::format("{}://{}:{}{}", secure ? "https" : "http", url_host(host), *port, path);
    http::ClientSettings settings;
    settings.address.host = host;
    settings.address.port = *port;
    settings.connect_timeout = timeout;
    if (secure) {
      http::TlsContext::ClientSettings tls;
      tls.verify = false;
      tls.protocols = {"http/1.1"};
      auto context = http::TlsContext::client(tls);
      if (!context) co_return failed(context.error().message());
      settings.tls = std::move(*context);
    }
    http::RequestHead head;
    head.method = "GET";
    head.target = path;
    head.headers.add("User-Agent", "kube-probe/1.32");
    head.headers.add("Accept", "*/*");
    head.headers.add("Connection", "close");
    for (const core::v1::HTTPHeader& header : action.httpHeaders) {
      if (http::equal_without_case(header.name, "Host"))
        settings.authority = header.value;
      else
        head.headers.set(header.name, header.value);
    }
    auto answer = co_await io::within(loop_, timeout, fetch(std::move(settings), std::move(head)));
    if (!answer) {
      co_return failed(fmt::format(
          "Get \"{}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)", url));
    }
    if (!*answer) co_return failed(fmt::format("Get \"{}\": {}", url, answer->error().message()));
    Outcome outcome;
    outcome.good = **answer >= 200 && **answer < 400;
    if (!outcome.good) outcome.output = fmt::format("HTTP probe failed with statuscode: {}", **answer);
    co_return outcome;
  }

  io::Task<Result<int>> fetch(http::ClientSettings settings, http::RequestHead head) {
    const std::unique_ptr<http::Client> client = http::Client::make(loop_, std::move(settings));
    auto response = co_await client->send(std::move(head));
    if (!response) co_return fail(std::move(response.error()));
    const int status = (*response)->head().status;
    for (std::size_t total = 0; total < body_limit;) {
      auto piece = co_await (*response)->read_body();
      if (!piece || piece->empty()) break;
      total += piece->size();
    }
    co_return status;
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
      co_return failed(fmt::format("timeout: failed to connect service \"{}\" within {}: {}", where,
                                   format_duration(timeout), bytes.error().message()));
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
