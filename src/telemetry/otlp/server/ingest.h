// What HTTP and gRPC have in common: bytes of a request in, through the pipeline, to what the sender is told.
#pragma once

#include <string>

#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/translate/log_translator.h"
#include "telemetry/otlp/translate/metric_translator.h"

namespace aloft::telemetry::otlp {

enum class Signal { traces, metrics, logs };
enum class Format { protobuf, json };

struct IngestSettings {
  MetricSettings metrics;
  LogSettings logs;
  std::size_t body_limit_bytes = 20 * 1024 * 1024;  // as sent and as decompressed
};

struct IngestRequest {
  Signal signal = Signal::traces;
  Format format = Format::protobuf;
  std::string encoding;  // Content-Encoding: "", gzip, zstd, ...
  std::string body;
  std::string tenant;
  Pipeline::Ticket ticket;
};

// Lives on one loop.
class Ingest {
 public:
  Ingest(io::Loop& loop, Pipeline& pipeline, const Clock& clock, IngestSettings settings)
      : loop_(loop),
        pipeline_(pipeline),
        clock_(clock),
        settings_(std::move(settings)),
        metrics_(settings_.metrics) {}

  // The share of the pipeline's budget that a body of so many bytes takes with what it unfolds to. Error:
  // too_many_requests.
  Result<Pipeline::Ticket> admit(std::size_t body_bytes) { return pipeline_.admit(2 * body_bytes + 1024); }

  // Error: invalid for a body that cannot be decoded, unsupported_media_type for its encoding, too_large,
  // too_many_requests and unavailable when trying again may help.
  io::Task<Result<PartialSuccess>> take(IngestRequest request);
  std::size_t body_limit() const { return settings_.body_limit_bytes; }

 private:
  Result<SpanBatch> spans(IngestRequest& request) const;
  Result<MetricBatch> series(IngestRequest& request, Refusals& refusals);
  Result<LogBatch> streams(IngestRequest& request) const;
  template <class Batch>
  io::Task<Result<WriteReport>> push(IngestRequest request, std::shared_ptr<Refusals> refusals);

  io::Loop& loop_;
  Pipeline& pipeline_;
  const Clock& clock_;
  IngestSettings settings_;
  MetricTranslator metrics_;
};

}  // namespace aloft::telemetry::otlp
