// Answering remote write requests.
#include "telemetry/scrape/remote/write_handler.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "telemetry/core/compression.h"
#include "telemetry/scrape/remote/remote_write.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

enum class Encoding { snappy, zstd, gzip };
struct WriteKind {
  bool version_2 = false;
  Encoding encoding = Encoding::snappy;
};

// The message is told by Content-Type's parameter `proto`; without one it is 1.0.
Result<bool> is_version_2(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')), " ");
  if (type != "application/x-protobuf" && !type.empty())
    return fail(Code::unsupported_media_type,
                fmt::format("expected Content-Type application/x-protobuf, not {}", content_type));
  std::size_t at = content_type.find(';');
  while (at != std::string_view::npos) {
    const std::size_t end = content_type.find(';', at + 1);
    const std::string_view part =
        trim(content_type.substr(at + 1, end == std::string_view::npos ? end : end - at - 1), " ");
    at = end;
    if (!part.starts_with("proto=")) continue;
    std::string_view message = part.substr(6);
    if (message.size() > 1 && message.front() == '"') message = message.substr(1, message.size() - 2);
    if (message == "prometheus.WriteRequest") return false;
    if (message == "io.prometheus.write.v2.Request") return true;
    return fail(Code::unsupported_media_type,
                fmt::format("the message {} is not known; prometheus.WriteRequest and "
                            "io.prometheus.write.v2.Request are",
                            message));
  }
  return false;
}

Result<WriteKind> kind_of(const http::RequestHead& head) {
  WriteKind kind;
  TRY(version_2, is_version_2(head.headers.get("content-type")));
  kind.version_2 = version_2;
  const std::string_view encoding = head.headers.get("content-encoding");
  if (encoding == "zstd") {
    kind.encoding = Encoding::zstd;
  } else if (encoding == "gzip") {
    kind.encoding = Encoding::gzip;
  } else if (!encoding.empty() && encoding != "snappy") {
    return fail(Code::unsupported_media_type,
                fmt::format("the encoding {} is not known; snappy is", encoding));
  }
  return kind;
}

// What a body takes while it is decoded. A snappy block says how large it becomes.
std::size_t working_bytes(std::string_view body, Encoding encoding) {
  std::uint64_t decoded = body.size() * 4;
  WireCursor in(body);
  if (encoding == Encoding::snappy && !in.varint(decoded)) decoded = 0;
  return body.size() + static_cast<std::size_t>(std::min<std::uint64_t>(decoded, UINT32_MAX));
}

Result<std::string> decompress(const std::string& body, Encoding encoding, std::size_t limit) {
  switch (encoding) {
    case Encoding::zstd:
      return zstd_decompress(body, limit);
    case Encoding::gzip:
      return gzip_decompress(body, limit);
    case Encoding::snappy:
      break;
  }
  return snappy_decompress(body, limit);
}

// A sender that gets 422 would try again for ever; what cannot be read is 400.
int status_of(const Error& error) { return error.code() == Code::invalid ? 400 : http_status(error.code()); }

http::ResponseHead answer(int status, const WriteKind& kind, const WriteReport& report) {
  http::ResponseHead head;
  head.status = status;
  if (kind.version_2) {
    const std::uint64_t samples = report.accepted - std::min(report.accepted, report.histograms);
    head.headers.add("X-Prometheus-Remote-Write-Samples-Written", std::to_string(samples));
    head.headers.add("X-Prometheus-Remote-Write-Histograms-Written", std::to_string(report.histograms));
    head.headers.add("X-Prometheus-Remote-Write-Exemplars-Written", std::to_string(report.exemplars));
  }
  return head;
}

io::Task<> send_text(Exchange& exchange, http::ResponseHead head, std::string text) {
  head.headers.add("Content-Type", "text/plain; charset=utf-8");
  text += '\n';
  (void)co_await exchange.responder().send(std::move(head), std::move(text));
}

io::Task<> send_failure(Exchange& exchange, const WriteKind& kind, Error error) {
  http::ResponseHead head = answer(status_of(error), kind, {});
  if (error.retry_after_seconds() > 0)
    head.headers.add("Retry-After", std::to_string(error.retry_after_seconds()));
  co_await send_text(exchange, std::move(head), error.message());
}

}  // namespace

WriteHandler::WriteHandler(io::Loop& loop, Pipeline& pipeline, Metrics& metrics,
                           WriteHandlerSettings settings)
    : loop_(loop),
      pipeline_(pipeline),
      settings_(settings),
      requests_(
          metrics.counter("telemetry_remote_write_requests_total", "Remote write requests that came in.")),
      refused_(metrics.counter("telemetry_remote_write_refused_total",
                               "Remote write requests that were refused or taken in part.")) {}

void WriteHandler::add_routes(Router& router) {
  router.add("POST", "/api/v1/write", [this](Exchange& exchange) { return write(exchange); });
}

io::Task<> WriteHandler::write(Exchange& exchange) {
  requests_.add();
  const auto kind = kind_of(exchange.head());
  if (!kind) {
    refused_.add();
    co_await exchange.send_error(kind.error());
    co_return;
  }
  std::size_t announced = 0;
  const std::string_view length = exchange.head().headers.get("content-length");
  std::from_chars(length.data(), length.data() + length.size(), announced);
  auto reading = pipeline_.admit(announced);
  if (!reading) {
    refused_.add();
    co_await send_failure(exchange, *kind, std::move(reading).error());
    co_return;
  }
  auto body = co_await exchange.request().read_whole_body(settings_.body_limit_bytes);
  if (!body) {
    refused_.add();
    co_await send_failure(exchange, *kind, std::move(body).error());
    co_return;
  }
  *reading = Pipeline::Ticket();
  auto ticket = pipeline_.admit(working_bytes(*body, kind->encoding));
  if (!ticket) {
    refused_.add();
    co_await send_failure(exchange, *kind, std::move(ticket).error());
    co_return;
  }
  const auto rejections = std::make_shared<Rejections>();
  std::move_only_function<Result<MetricBatch>()> decode = [bytes = std::move(*body), kind = *kind, rejections,
                                                           settings = settings_]() -> Result<MetricBatch> {
    TRY(request, decompress(bytes, kind.encoding, settings.request_limit_bytes));
    if (kind.version_2)
      return decode_write_request_v2(std::move(request), *rejections, {settings.zero_at_start});
    return decode_write_request(std::move(request), *rejections);
  };
  auto report = co_await pipeline_.push<MetricBatch>(loop_, std::move(*ticket), std::move(decode));
  if (!report) {
    refused_.add();
    co_await send_failure(exchange, *kind, std::move(report).error());
    co_return;
  }
  if (report->rejected == 0 && rejections->count == 0) {
    http::ResponseHead head = answer(204, *kind, *report);
    std::string nothing;
    (void)co_await exchange.responder().send(std::move(head), std::move(nothing));
    co_return;
  }
  refused_.add();
  // What may be taken later is worth another try; what never will be is not.
  const bool retry = report->rejected > 0 && !report->permanent;
  std::string text = fmt::format("{} of {} not taken: {}", report->rejected + rejections->count,
                                 report->accepted + report->rejected + rejections->count,
                                 report->rejected > 0 ? report->first_rejection : rejections->first);
  co_await send_text(exchange, answer(retry ? 503 : 400, *kind, *report), std::move(text));
}

}  // namespace aloft::telemetry::scrape
