// Listening and not listening any more.
#include "app/telemetry/front.h"

#include "base/log.h"
#include "io/scope.h"

namespace aloft::app {
namespace {

constexpr Log log("telemetry");
constexpr std::size_t body_limit_bytes = 64 * 1024 * 1024;
constexpr Duration grace = 2s;

std::string url_of(const io::Address& address) { return "http://" + address.to_string(); }

}  // namespace

Result<std::unique_ptr<http::Server>> TelemetryFront::serve(const io::Address& address,
                                                            http::Handler& handler) {
  http::ServerSettings settings;
  settings.body_limit_bytes = body_limit_bytes;
  settings.clock = &clock_;
  return http::Server::start(loop_, address, handler, std::move(settings));
}

Result<> TelemetryFront::listen(const TelemetrySettings& settings, http::Handler& router,
                                http::Handler& grpc) {
  TRY(main, serve(settings.listen, router));
  const std::string url = url_of(main->address());
  // Every interface has its name, also where all of them have one address.
  for (const char* name : {"telemetry", "prometheus", "loki", "tempo", "jaeger", "alertmanager", "otlp-http"})
    urls_[name] = url;
  servers_.push_back(std::move(main));
  for (const UsualPort& port : settings.usual_ports) {
    auto server = serve(port.address, router);
    if (server) {
      urls_[port.name] = url_of((*server)->address());
      servers_.push_back(std::move(*server));
    } else {
      log.debug("{}: {}; {} serves it", port.name, server.error().message(), url);
    }
  }
  auto rpc = serve(settings.grpc, grpc);
  if (!rpc && settings.grpc_may_move) rpc = serve(io::Address(settings.grpc.host, 0), grpc);
  if (!rpc) return std::unexpected<Error>(rpc.error().at("OTLP over gRPC"));
  urls_["otlp-grpc"] = url_of((*rpc)->address());
  servers_.push_back(std::move(*rpc));
  return {};
}

io::Task<> TelemetryFront::stop() {
  io::Scope work(loop_);
  for (const auto& server : servers_) work.spawn(server->shut_down(grace));
  co_await work.finish();
  servers_.clear();
}

}  // namespace aloft::app
