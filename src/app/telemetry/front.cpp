// Listening and not listening any more.
#include "app/telemetry/front.h"

#include "app/telemetry/log.h"
#include "io/scope.h"

namespace aloft::app {
namespace {

constexpr std::size_t body_limit_bytes = 64 * 1024 * 1024;
constexpr Duration grace = 2s;

std::string url_of(const io::Address& address) { return "http://" + address.to_string(); }

}  // namespace

http::Handler& FrontHandlers::of(PortKind kind) const {
  switch (kind) {
    case PortKind::everything:
      return everything;
    case PortKind::tempo:
      return tempo;
    case PortKind::jaeger:
      return jaeger;
    case PortKind::grpc:
      return grpc;
  }
  return everything;
}

Result<std::unique_ptr<http::Server>> TelemetryFront::serve(const io::Address& address,
                                                            http::Handler& handler) {
  http::ServerSettings settings;
  settings.body_limit_bytes = body_limit_bytes;
  settings.clock = &clock_;
  return http::Server::start(loop_, address, handler, settings);
}

Result<> TelemetryFront::listen(const TelemetrySettings& settings, const FrontHandlers& handlers) {
  TRY(main, serve(settings.listen, handlers.everything));
  const std::string url = url_of(main->address());
  // Every interface has its name, also where all of them have one address.
  for (const char* name :
       {"telemetry", "prometheus", "loki", "alertmanager", "otlp-http", "zipkin", "jaeger-thrift"})
    urls_[name] = url;
  urls_["tempo"] = url + "/tempo";
  urls_["jaeger"] = url + "/jaeger";
  servers_.push_back(std::move(main));
  auto rpc = serve(settings.grpc, handlers.grpc);
  if (!rpc && settings.grpc_may_move) rpc = serve(io::Address(settings.grpc.host, 0), handlers.grpc);
  if (!rpc) return std::unexpected<Error>(rpc.error().at("OTLP over gRPC"));
  for (const char* name : {"otlp-grpc", "jaeger-grpc"}) urls_[name] = url_of((*rpc)->address());
  servers_.push_back(std::move(*rpc));
  return open_usual_ports(settings.usual_ports, handlers);
}

Result<> TelemetryFront::open_usual_ports(const std::vector<UsualPort>& ports,
                                          const FrontHandlers& handlers) {
  for (const UsualPort& port : ports) {
    auto server = serve(port.address, handlers.of(port.kind));
    if (server) {
      urls_[port.name] = url_of((*server)->address());
      servers_.push_back(std::move(*server));
      continue;
    }
    if (port.required) return std::unexpected<Error>(server.error().at("--" + port.name));
    telemetry_log.debug("{}: {}; {} serves it", port.name, server.error().message(), urls_[port.name]);
  }
  return {};
}

Result<std::vector<ServedPort>> TelemetryFront::listen_also(const std::string& host,
                                                            const std::vector<UsualPort>& ports,
                                                            const FrontHandlers& handlers) {
  std::vector<ServedPort> served;
  for (const UsualPort& port : ports) {
    http::Handler& handler = handlers.of(port.kind);
    auto server = serve(io::Address(host, port.address.port), handler);
    if (!server) server = serve(io::Address(host, 0), handler);
    if (!server) return std::unexpected<Error>(server.error().at(port.name));
    served.push_back({port.name, port.address.port, (*server)->address().port});
    servers_.push_back(std::move(*server));
  }
  return served;
}

io::Task<> TelemetryFront::stop() {
  io::Scope work(loop_);
  for (const auto& server : servers_) work.spawn(server->shut_down(grace));
  co_await work.finish();
  servers_.clear();
}

}  // namespace aloft::app
