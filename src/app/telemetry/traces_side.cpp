// The parts around the store of traces.
#include "app/telemetry/traces_side.h"

#include "telemetry/traces/ingest/routes.h"

namespace aloft::app {

using telemetry::MetricBatch;
using telemetry::SpanBatch;

TracesSide::TracesSide(const TracesParts& parts)
    : parts_(parts),
      tempo_(parts.store, parts.query_pool, parts.loop, parts.clock),
      jaeger_(parts.store, parts.query_pool, parts.loop, parts.clock),
      jaeger_grpc_(parts.pipeline, parts.store, parts.query_pool, parts.loop, parts.clock),
      span_metrics_(telemetry::traces::SpanMetricsSettings(), parts.clock, parts.metrics),
      tracer_({.probability = parts.own_share}, parts.clock, random_,
              [this](SpanBatch batch) { write(std::move(batch)); }),
      work_(parts.loop) {
  parts.pipeline.add<SpanBatch>(span_metrics_);
}

// Handed to a pool thread, since stores write to the disk.
template <class Batch>
void TracesSide::write(Batch batch) {
  const auto push = [this](Batch b) -> io::Task<> {
    std::move_only_function<Result<Batch>()> decode = [held = std::move(b)]() mutable {
      return Result<Batch>(std::move(held));
    };
    auto pushed = parts_.pipeline.push<Batch>(parts_.loop, telemetry::Pipeline::Ticket(), std::move(decode));
    (void)co_await std::move(pushed);
  };
  work_.spawn(push(std::move(batch)));
}

void TracesSide::add_routes(telemetry::Router& router) {
  telemetry::traces::add_shared_routes(router, tempo_, jaeger_);
  telemetry::traces::add_ingest_routes(router, parts_.pipeline, parts_.loop);
}

void TracesSide::start() {
  work_.spawn(span_metrics_.run(parts_.loop, [this](MetricBatch batch) {
    if (!batch.empty()) write(std::move(batch));
  }));
  if (parts_.own_share > 0) work_.spawn(tracer_.run(parts_.loop));
}

}  // namespace aloft::app
