// Calls, compressed messages, and statuses that tell a sender when to come again.
#include "telemetry/otlp/server/grpc_service.h"

#include <optional>

#include "base/bytes.h"
#include "http/grpc.h"
#include "telemetry/core/grpc_message.h"

namespace aloft::telemetry::otlp {
namespace {

std::optional<Signal> signal_of(std::string_view path) {
  if (path == "/opentelemetry.proto.collector.trace.v1.TraceService/Export") return Signal::traces;
  if (path == "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export") return Signal::metrics;
  if (path == "/opentelemetry.proto.collector.logs.v1.LogsService/Export") return Signal::logs;
  return std::nullopt;
}

// Senders try again after RESOURCE_EXHAUSTED only where the status carries a RetryInfo.
io::Task<> answer(http::Responder& responder, const Result<PartialSuccess>& done) {
  http::ResponseHead head;
  head.headers.add("content-type", "application/grpc");
  head.headers.add("grpc-accept-encoding", "identity,gzip,deflate,snappy,zstd");
  auto begun = co_await responder.begin(std::move(head));
  if (!begun) co_return;
  if (done) {
    auto sent = co_await http::grpc_send(responder, encode_answer(*done));
    if (!sent) co_return;
    Result<> good;
    (void)co_await http::grpc_finish(responder, std::move(good));
    co_return;
  }
  const Error& error = done.error();
  const int code = http::grpc_status(error.code());
  http::Headers trailers;
  trailers.add("grpc-status", std::to_string(code));
  trailers.add("grpc-message", http::percent_encode(error.message()));
  if (error.retry_after_seconds() > 0) {
    trailers.add("grpc-status-details-bin",
                 base64_encode(encode_status(code, error.message(), error.retry_after_seconds())));
  }
  (void)co_await responder.finish(std::move(trailers));
}

}  // namespace

io::Task<Result<PartialSuccess>> GrpcService::take(http::Request& request, Signal signal) {
  IngestRequest wanted;
  wanted.signal = signal;
  wanted.tenant = request.head().headers.get("x-scope-orgid");
  auto message = co_await read_grpc_message(request, ingest_.body_limit());
  if (!message) co_return std::unexpected<Error>(message.error());
  TRY_CO(ticket, ingest_.admit(message->bytes.size()));
  wanted.ticket = std::move(ticket);
  wanted.encoding = std::move(message->encoding);
  wanted.body = std::move(message->bytes);
  co_return co_await ingest_.take(std::move(wanted));
}

io::Task<> GrpcService::handle(http::Request& request, http::Responder& responder) {
  if (!request.head().headers.get("content-type").starts_with("application/grpc")) {
    http::ResponseHead head;
    head.status = 415;
    head.headers.add("Content-Type", "text/plain; charset=utf-8");
    const std::string text = "this port speaks OTLP over gRPC; OTLP over HTTP has a port of its own\n";
    (void)co_await responder.send(std::move(head), text);
    co_return;
  }
  const std::string path = request.head().path();
  const std::optional<Signal> signal = signal_of(path);
  if (!signal) {
    Result<PartialSuccess> unknown = fail(Code::method_not_allowed, fmt::format("{}: no such call", path));
    co_await answer(responder, unknown);
    co_return;
  }
  const Result<PartialSuccess> done = co_await take(request, *signal);
  co_await answer(responder, done);
}

}  // namespace aloft::telemetry::otlp
