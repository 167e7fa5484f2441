// Requests, answers and errors of OTLP/HTTP.
#include "telemetry/otlp/server/http_api.h"

#include <charconv>
#include <optional>

#include "http/grpc.h"

namespace aloft::telemetry::otlp {
namespace {

constexpr int default_retry_seconds = 5;

std::string_view rejected_name(Signal signal) {
  switch (signal) {
    case Signal::traces:
      return "rejectedSpans";
    case Signal::metrics:
      return "rejectedDataPoints";
    case Signal::logs:
      break;
  }
  return "rejectedLogRecords";
}

std::optional<Format> format_of(const http::RequestHead& head) {
  std::string_view type = head.headers.get("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (http::equal_without_case(type, "application/x-protobuf") ||
      http::equal_without_case(type, "application/protobuf"))
    return Format::protobuf;
  if (http::equal_without_case(type, "application/json")) return Format::json;
  return std::nullopt;
}

std::string_view content_type(Format format) {
  return format == Format::json ? "application/json" : "application/x-protobuf";
}

std::optional<std::size_t> announced_length(const http::RequestHead& head) {
  const std::string_view text = head.headers.get("content-length");
  std::size_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || read.ec != std::errc()) return std::nullopt;
  return length;
}

// What OTLP wants: senders try again after 429, 502, 503 and 504 and after nothing else.
int status_of(Code code) {
  return code == Code::invalid || code == Code::bad_request ? 400 : http_status(code);
}

http::ResponseHead head_of(int status, std::string_view type) {
  http::ResponseHead head;
  head.status = status;
  head.headers.add("Content-Type", std::string(type));
  return head;
}

}  // namespace

void HttpApi::add_routes(Router& router) {
  const std::pair<const char*, Signal> signals[] = {
      {"traces", Signal::traces}, {"metrics", Signal::metrics}, {"logs", Signal::logs}};
  for (const auto& [name, signal] : signals) {
    for (const char* prefix : {"/v1/", "/otlp/v1/", "/api/v1/otlp/v1/"}) {
      router.add("POST", std::string(prefix) + name,
                 [this, kind = signal](Exchange& exchange) { return serve(exchange, kind); });
    }
  }
}

io::Task<Result<PartialSuccess>> HttpApi::take(Exchange& exchange, Signal signal, Format format) {
  IngestRequest request;
  request.signal = signal;
  request.format = format;
  request.encoding = exchange.head().headers.get("content-encoding");
  request.tenant = exchange.head().headers.get("x-scope-orgid");
  const std::optional<std::size_t> length = announced_length(exchange.head());
  if (length && *length > ingest_.body_limit()) {
    co_return fail(Code::too_large,
                   fmt::format("the body has {} bytes, more than {}", *length, ingest_.body_limit()));
  }
  if (length) {
    TRY_CO(ticket, ingest_.admit(*length));
    request.ticket = std::move(ticket);
  }
  auto body = co_await exchange.request().read_whole_body(ingest_.body_limit());
  if (!body) co_return std::unexpected<Error>(body.error());
  request.body = std::move(*body);
  if (!length) {
    TRY_CO(ticket, ingest_.admit(request.body.size()));
    request.ticket = std::move(ticket);
  }
  co_return co_await ingest_.take(std::move(request));
}

io::Task<> HttpApi::serve(Exchange& exchange, Signal signal) {
  const std::optional<Format> format = format_of(exchange.head());
  if (!format) {
    co_await exchange.send(
        415, "text/plain; charset=utf-8",
        fmt::format("Content-Type {}: expected application/x-protobuf or application/json\n",
                    exchange.head().headers.get("content-type")));
    co_return;
  }
  const Result<PartialSuccess> done = co_await take(exchange, signal, *format);
  std::string body;
  http::ResponseHead head = head_of(200, content_type(*format));
  if (done) {
    body = *format == Format::json ? encode_answer_json(rejected_name(signal), *done) : encode_answer(*done);
  } else {
    const Error& error = done.error();
    head.status = status_of(error.code());
    if (head.status == 429 || head.status == 503) {
      const int seconds =
          error.retry_after_seconds() > 0 ? error.retry_after_seconds() : default_retry_seconds;
      head.headers.add("Retry-After", std::to_string(seconds));
    }
    const int code = http::grpc_status(error.code());
    body = *format == Format::json ? encode_status_json(code, error.message())
                                   : encode_status(code, error.message());
  }
  // A sender that has gone needs no answer.
  (void)co_await exchange.responder().send(std::move(head), std::move(body));
}

}  // namespace aloft::telemetry::otlp
