// Which interface answers where.
#include "telemetry/traces/api/api.h"

namespace aloft::telemetry::traces {
namespace {

bool is_for_tempo(const http::RequestHead& head) {
  const std::string_view accept = head.headers.get("Accept");
  if (accept.find("protobuf") != std::string_view::npos) return true;
  // Only Tempo's interface knows these.
  const http::Query parameters = head.query();
  return parameters.get("mode") || parameters.get("blockStart") || parameters.get("blockEnd");
}

}  // namespace

void add_shared_routes(Router& router, TempoApi& tempo, JaegerApi& jaeger) {
  tempo.add_routes(router, "", TempoApi::TracesById::elsewhere);
  jaeger.add_routes(router, "", TempoApi::TracesById::elsewhere);
  tempo.add_routes(router, "/tempo");
  jaeger.add_routes(router, "/jaeger");
  router.add("GET", "/api/traces/{id}", [&tempo, &jaeger](Exchange& exchange) {
    return is_for_tempo(exchange.head()) ? tempo.trace(exchange) : jaeger.trace(exchange);
  });
}

void add_tempo_routes(Router& router, TempoApi& tempo) {
  tempo.add_routes(router, "");
  tempo.add_routes(router, "/tempo");
}

void add_jaeger_routes(Router& router, JaegerApi& jaeger) {
  jaeger.add_routes(router, "");
  jaeger.add_routes(router, "/jaeger");
}

}  // namespace aloft::telemetry::traces
