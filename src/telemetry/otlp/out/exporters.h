// Exporters of the pipeline: OTLP over HTTP to a collector, Loki's push interface, and files of JSON lines.
// Each takes batches on the thread that has them and never waits for a network or a disk.
#pragma once

#include <memory>
#include <string>

#include "io/funnel.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/otlp/out/remote_queue.h"

namespace aloft::telemetry::otlp {

// To <base>/v1/traces, /v1/metrics and /v1/logs, in protobuf with gzip. One object for each signal.
template <class Batch>
class OtlpExporter final : public Exporter<Batch> {
 public:
  explicit OtlpExporter(RemoteQueue& queue) : queue_(queue) {}
  std::string_view name() const override { return "otlp"; }
  Result<WriteReport> write(const Batch& batch) override;
  // What the requests of this signal carry.
  static RemoteSettings settings(std::string_view base_url);

 private:
  RemoteQueue& queue_;
};
extern template class OtlpExporter<MetricBatch>;
extern template class OtlpExporter<LogBatch>;
extern template class OtlpExporter<SpanBatch>;

// PushRequest in snappy, as Promtail and Alloy send it.
class LokiExporter final : public Exporter<LogBatch> {
 public:
  explicit LokiExporter(RemoteQueue& queue) : queue_(queue) {}
  std::string_view name() const override { return "loki"; }
  Result<WriteReport> write(const LogBatch& batch) override;
  // `url` may leave out the path: /loki/api/v1/push then.
  static RemoteSettings settings(std::string_view url);

 private:
  RemoteQueue& queue_;
};
// The body before compression.
std::string encode_push_request(const LogBatch& batch);

// One line of OTLP's JSON for each batch. A file beyond the limit is renamed to <path>.1, in the place of the
// one before it.
class FileExporter final : public Exporter<MetricBatch>,
                           public Exporter<LogBatch>,
                           public Exporter<SpanBatch> {
 public:
  struct Settings {
    std::string path;
    std::uint64_t limit_bytes = 100 * 1024 * 1024;
    std::size_t queue_bytes = 16 * 1024 * 1024;
  };
  // Error: the file cannot be opened for appending.
  static Result<std::unique_ptr<FileExporter>> open(Settings settings, Metrics& metrics);
  FileExporter(Settings settings, int fd, Counter& failures);  // for open()
  ~FileExporter() override;
  std::string_view name() const override { return "file"; }
  Result<WriteReport> write(const MetricBatch& batch) override;
  Result<WriteReport> write(const LogBatch& batch) override;
  Result<WriteReport> write(const SpanBatch& batch) override;

 private:
  Result<> offer(std::string line);
  void append(std::vector<std::string>& lines);
  void rotate();

  Settings settings_;
  int fd_;
  std::uint64_t size_ = 0;
  Counter& failures_;
  std::atomic<std::size_t> queued_bytes_{0};
  io::Funnel<std::string> funnel_;  // last: its thread uses what stands before it
};

}  // namespace aloft::telemetry::otlp
