// Decoding on a pool thread, and what the store's report means to the sender.
#include "telemetry/otlp/server/ingest.h"

#include "telemetry/core/compression.h"

namespace aloft::telemetry::otlp {

Result<SpanBatch> Ingest::spans(IngestRequest& request) const {
  TRY(bytes, decode_content(request.encoding, std::move(request.body), settings_.body_limit_bytes));
  TRY(batch, request.format == Format::json ? decode_spans_json(bytes) : decode_spans(bytes));
  batch.tenant = std::move(request.tenant);
  return batch;
}

Result<MetricBatch> Ingest::series(IngestRequest& request, Refusals& refusals) {
  TRY(bytes, decode_content(request.encoding, std::move(request.body), settings_.body_limit_bytes));
  TRY(data, request.format == Format::json ? decode_metrics_json(bytes) : decode_metrics(bytes));
  MetricBatch batch = metrics_.translate(std::move(data), clock_.wall(), refusals);
  batch.tenant = std::move(request.tenant);
  return batch;
}

Result<LogBatch> Ingest::streams(IngestRequest& request) const {
  TRY(bytes, decode_content(request.encoding, std::move(request.body), settings_.body_limit_bytes));
  TRY(data, request.format == Format::json ? decode_logs_json(bytes) : decode_logs(bytes));
  LogBatch batch = translate(std::move(data), settings_.logs, clock_.wall());
  batch.tenant = std::move(request.tenant);
  return batch;
}

template <class Batch>
io::Task<Result<WriteReport>> Ingest::push(IngestRequest request, std::shared_ptr<Refusals> refusals) {
  Pipeline::Ticket ticket = std::move(request.ticket);
  std::move_only_function<Result<Batch>()> decode = [this, refusals,
                                                     r = std::move(request)]() mutable -> Result<Batch> {
    if constexpr (std::is_same_v<Batch, SpanBatch>) {
      return spans(r);
    } else if constexpr (std::is_same_v<Batch, MetricBatch>) {
      return series(r, *refusals);
    } else {
      return streams(r);
    }
  };
  return pipeline_.push<Batch>(loop_, std::move(ticket), std::move(decode));
}

io::Task<Result<PartialSuccess>> Ingest::take(IngestRequest request) {
  // The decoder may outlive this task, which a sender who goes away drops.
  auto refusals = std::make_shared<Refusals>();
  io::Task<Result<WriteReport>> running;
  switch (request.signal) {
    case Signal::traces:
      running = push<SpanBatch>(std::move(request), refusals);
      break;
    case Signal::metrics:
      running = push<MetricBatch>(std::move(request), refusals);
      break;
    case Signal::logs:
      running = push<LogBatch>(std::move(request), refusals);
      break;
  }
  const Result<WriteReport> report = co_await std::move(running);
  if (!report) co_return std::unexpected<Error>(report.error());
  if (report->accepted == 0 && report->rejected > 0 && !report->permanent) {
    Error later(Code::too_many_requests, report->first_rejection);
    later.retry_after(1);
    co_return std::unexpected<Error>(std::move(later));
  }
  PartialSuccess partial;
  partial.rejected = static_cast<std::int64_t>(report->rejected + refusals->count);
  partial.message = refusals->count > 0 ? refusals->first : report->first_rejection;
  co_return partial;
}

}  // namespace aloft::telemetry::otlp
