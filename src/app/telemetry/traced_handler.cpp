// Which requests get a span, and what it says.
#include "app/telemetry/traced_handler.h"

namespace aloft::app {
namespace {

bool brings_telemetry(const http::RequestHead& head, std::string_view path) {
  return head.method == "POST" &&
         (path.starts_with("/v1/") || path.starts_with("/otlp/") || path.starts_with("/api/v1/otlp/") ||
          path.starts_with("/api/v1/write") || path.starts_with("/api/v1/import") ||
          path.starts_with("/loki/api/v1/push") || path == "/api/v2/spans" || path == "/api/v1/spans" ||
          path == "/api/traces");
}

}  // namespace

io::Task<> TracedHandler::handle(http::Request& request, http::Responder& responder) {
  const std::string path = request.head().path();
  telemetry::traces::LiveSpan span;
  if (!brings_telemetry(request.head(), path) && path != "/metrics" && !path.starts_with("/-/")) {
    span = tracer_.start(request.head().method + " " + path, telemetry::SpanKind::server);
    if (span.on()) {
      span.set("http.request.method", request.head().method);
      span.set("url.path", path);
    }
  }
  co_await next_.handle(request, responder);
  span.end();
}

}  // namespace aloft::app
