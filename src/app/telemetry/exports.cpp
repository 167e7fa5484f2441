// Making exporters out of options.
#include "app/telemetry/exports.h"

#include "app/telemetry/settings.h"
#include "telemetry/otlp/out/exporters.h"

namespace aloft::app {
namespace {

using telemetry::LogBatch;
using telemetry::MetricBatch;
using telemetry::SpanBatch;
using telemetry::otlp::FileExporter;
using telemetry::otlp::LokiExporter;
using telemetry::otlp::OtlpExporter;
using telemetry::otlp::RemoteQueue;

}  // namespace

struct TelemetryExports::Parts {
  std::vector<std::unique_ptr<RemoteQueue>> queues;
  std::vector<std::unique_ptr<telemetry::Exporter<MetricBatch>>> metrics;
  std::vector<std::unique_ptr<telemetry::Exporter<LogBatch>>> logs;
  std::vector<std::unique_ptr<telemetry::Exporter<SpanBatch>>> spans;
  std::unique_ptr<FileExporter> file;
};

TelemetryExports::TelemetryExports(io::EpollLoop& loop, Metrics& metrics)
    : loop_(loop), metrics_(metrics), parts_(std::make_unique<Parts>()), sending_(loop) {}

TelemetryExports::~TelemetryExports() = default;

Result<> TelemetryExports::add_to(telemetry::Pipeline& pipeline, telemetry::traces::SpanSampling& sampled,
                                  const TelemetrySettings& settings) {
  const auto queue = [&](telemetry::otlp::RemoteSettings remote) -> Result<RemoteQueue*> {
    TRY(made, RemoteQueue::make(loop_, pool_, std::move(remote), metrics_));
    sending_.spawn(made->run());
    return parts_->queues.emplace_back(std::move(made)).get();
  };
  if (!settings.export_otlp.empty()) {
    TRY(metrics, queue(OtlpExporter<MetricBatch>::settings(settings.export_otlp)));
    TRY(logs, queue(OtlpExporter<LogBatch>::settings(settings.export_otlp)));
    TRY(spans, queue(OtlpExporter<SpanBatch>::settings(settings.export_otlp)));
    parts_->metrics.push_back(std::make_unique<OtlpExporter<MetricBatch>>(*metrics));
    parts_->logs.push_back(std::make_unique<OtlpExporter<LogBatch>>(*logs));
    parts_->spans.push_back(std::make_unique<OtlpExporter<SpanBatch>>(*spans));
  }
  if (!settings.export_loki.empty()) {
    TRY(loki, queue(LokiExporter::settings(settings.export_loki)));
    parts_->logs.push_back(std::make_unique<LokiExporter>(*loki));
  }
  for (const auto& exporter : parts_->metrics) pipeline.add<MetricBatch>(*exporter);
  for (const auto& exporter : parts_->logs) pipeline.add<LogBatch>(*exporter);
  for (const auto& exporter : parts_->spans) sampled.add(*exporter);
  if (!settings.export_file.empty()) {
    TRY(file, FileExporter::open({.path = settings.export_file}, metrics_));
    parts_->file = std::move(file);
    pipeline.add<MetricBatch>(*parts_->file);
    pipeline.add<LogBatch>(*parts_->file);
    sampled.add(*parts_->file);
  }
  return {};
}

io::Task<> TelemetryExports::stop() {
  io::Scope draining(loop_);
  for (const auto& queue : parts_->queues) draining.spawn(queue->drain(last_moment));
  co_await draining.finish();
  sending_.cancel();
}

}  // namespace aloft::app
