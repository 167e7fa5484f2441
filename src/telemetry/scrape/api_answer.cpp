// Answers in Prometheus' envelope.
#include "telemetry/scrape/api_answer.h"

#include <cmath>

#include <fmt/format.h>

#include "base/time.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"

namespace aloft::telemetry::scrape {
namespace {

struct ErrorKind {
  int status;
  std::string_view type;
};

ErrorKind kind_of(Code code) {
  switch (code) {
    case Code::bad_request:
    case Code::invalid:
    case Code::too_large:
      return {400, "bad_data"};
    case Code::not_found:
      return {404, "not_found"};
    case Code::not_acceptable:
      return {406, "not_acceptable"};
    case Code::too_many_requests:
      return {429, "too_many_requests"};
    case Code::unavailable:
      return {503, "unavailable"};
    case Code::timeout:
      return {503, "timeout"};
    case Code::cancelled:
      return {499, "canceled"};
    default:
      return {500, "internal"};
  }
}

}  // namespace

io::Task<> send_data(Exchange& exchange, std::string data) {
  std::string body = R"({"status":"success","data":)";
  body += data;
  body += '}';
  co_await exchange.send_json(std::move(body));
}

io::Task<> send_api_error(Exchange& exchange, Error error) {
  const ErrorKind kind = kind_of(error.code());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("status").string("error").key("errorType").string(kind.type);
  json.key("error").string(error.message()).end_object();
  co_await exchange.send(kind.status, "application/json", std::move(body));
}

Result<std::int64_t> parse_time_parameter(std::string_view name, std::string_view text) {
  double seconds = 0;
  if (parse_float(text, seconds)) {
    if (!std::isfinite(seconds))
      return fail(Code::bad_request, fmt::format("invalid parameter \"{}\": {}", name, text));
    return static_cast<std::int64_t>(std::clamp(std::round(seconds * 1000), -9.2e18, 9.2e18));
  }
  const auto time = parse_time(text);
  if (!time)
    return fail(
        Code::bad_request,
        fmt::format("invalid parameter \"{}\": cannot parse \"{}\" to a valid timestamp", name, text));
  return time->since_epoch / 1ms;
}

}  // namespace aloft::telemetry::scrape
