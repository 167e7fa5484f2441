// A trace by its id is the one question that Tempo and Jaeger answer at the same path.
#include "app/telemetry/product_handler.h"

namespace aloft::app {

io::Task<> ProductHandler::handle(http::Request& request, http::Responder& responder) {
  const http::RequestHead& head = request.head();
  const bool own = (head.method == "GET" || head.method == "HEAD") && head.path().starts_with("/api/traces/");
  return own ? own_.handle(request, responder) : everything_.handle(request, responder);
}

}  // namespace aloft::app
