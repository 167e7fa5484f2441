// One way in for both protocols: admitted by size, decoded on the pool, answered with the store's report.
#include "telemetry/traces/ingest/routes.h"

#include <charconv>

#include "telemetry/traces/ingest/jaeger_thrift.h"
#include "telemetry/traces/ingest/zipkin.h"
#include "telemetry/traces/refusal.h"

namespace aloft::telemetry::traces {
namespace {

using BodyDecoder = Result<SpanBatch> (*)(std::string_view body);

// A body without a length counts as this large.
constexpr std::size_t unknown_body_bytes = 1024 * 1024;

std::size_t announced_size(const http::RequestHead& head) {
  const std::string_view text = head.headers.get("Content-Length");
  std::size_t size = unknown_body_bytes;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

io::Task<> take(Exchange& exchange, Pipeline& pipeline, io::Loop& loop, BodyDecoder decoder) {
  auto ticket = pipeline.admit(announced_size(exchange.head()));
  if (!ticket) {
    co_await exchange.send_error(ticket.error());
    co_return;
  }
  auto body = co_await exchange.body();
  if (!body) {
    co_await refuse(exchange, body.error());
    co_return;
  }
  std::move_only_function<Result<SpanBatch>()> decode = [text = std::move(*body), decoder] {
    return decoder(text);
  };
  const auto report = co_await pipeline.push<SpanBatch>(loop, std::move(*ticket), std::move(decode));
  if (!report) {
    co_await refuse(exchange, report.error());
    co_return;
  }
  if (report->rejected > 0) {
    std::string message =
        fmt::format("{} spans were rejected: {}", report->rejected, report->first_rejection);
    co_await exchange.send(400, "text/plain; charset=utf-8", std::move(message));
    co_return;
  }
  co_await exchange.send_nothing(202);
}

}  // namespace

void add_ingest_routes(Router& router, Pipeline& pipeline, io::Loop& loop) {
  router.add("POST", "/api/v2/spans", [&pipeline, &loop](Exchange& exchange) {
    return take(exchange, pipeline, loop, decode_zipkin_json);
  });
  router.add("POST", "/api/v1/spans", [&pipeline, &loop](Exchange& exchange) {
    return take(exchange, pipeline, loop, decode_zipkin_v1_json);
  });
  router.add("POST", "/api/traces", [&pipeline, &loop](Exchange& exchange) {
    return take(exchange, pipeline, loop, decode_jaeger_thrift);
  });
}

}  // namespace aloft::telemetry::traces
