// The paths that take.
#include "app/telemetry/taking_handler.h"

#include <algorithm>

namespace aloft::app {
namespace {

constexpr std::string_view whole_paths[] = {"/v1/metrics",          "/v1/logs",
                                            "/v1/traces",           "/api/v1/write",
                                            "/loki/api/v1/push",    "/api/prom/push",
                                            "/api/v2/spans",        "/api/v1/spans",
                                            "/api/traces",          "/write",
                                            "/api/v2/write",        "/influx/write",
                                            "/influx/api/v2/write", "/api/v1/import/prometheus"};
constexpr std::string_view taking_folders[] = {"/api/v1/otlp/",
                                               "/otlp/",
                                               "/insert/",
                                               "/metrics/job",
                                               "/opentelemetry.proto.collector.",
                                               "/jaeger.api_v2.CollectorService/"};

io::Task<> refuse(http::Responder& responder) {
  http::ResponseHead head;
  head.status = 403;
  head.headers.add("Content-Type", "text/plain; charset=utf-8");
  std::string why =
      "pods may send telemetry here and ask for none; aloft up --telemetry-for-pods all lets them ask\n";
  (void)co_await responder.send(std::move(head), std::move(why));
}

}  // namespace

bool brings_telemetry(std::string_view method, std::string_view path) {
  if (method != "POST" && method != "PUT") return false;
  return std::ranges::find(whole_paths, path) != std::end(whole_paths) ||
         std::ranges::any_of(taking_folders,
                             [path](std::string_view folder) { return path.starts_with(folder); });
}

io::Task<> TakingHandler::handle(http::Request& request, http::Responder& responder) {
  const http::RequestHead& head = request.head();
  if (brings_telemetry(head.method, head.path())) return handler_.handle(request, responder);
  return refuse(responder);
}

}  // namespace aloft::app
