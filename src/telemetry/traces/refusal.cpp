// Errors as clients of traces expect them.
#include "telemetry/traces/refusal.h"

namespace aloft::telemetry::traces {

io::Task<> refuse(Exchange& exchange, Error error) {
  const bool bad = error.code() == Code::invalid || error.code() == Code::bad_request;
  if (!bad) {
    co_await exchange.send_error(std::move(error));
    co_return;
  }
  std::string message = error.message();
  co_await exchange.send(400, "text/plain; charset=utf-8", std::move(message));
}

}  // namespace aloft::telemetry::traces
