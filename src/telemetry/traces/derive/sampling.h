// All of sampling as one exporter in front of the store: first by head, then by tail. What counts spans
// (request metrics, the service graph) stands beside it and sees every span.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/pipeline.h"
#include "telemetry/traces/derive/head_sampling.h"
#include "telemetry/traces/derive/tail_sampling.h"

namespace aloft::telemetry::traces {

struct SamplingSettings {
  HeadSamplingSettings head;
  std::optional<TailSamplingSettings> tail;
};

// A file with the sections head_sampling and tail_sampling, the latter as the OpenTelemetry Collector's
// processor has it. Error: invalid, naming the field and its value. Source: opentelemetry-collector-contrib,
// processor/tailsamplingprocessor.
Result<SamplingSettings> parse_sampling(std::string_view yaml);

// The pipeline's first exporter of spans. Any thread.
class SpanSampling final : public Exporter<SpanBatch> {
  struct Opened {};

 public:
  // `folder`: of the log of undecided spans. Those that a tail sampling left there which is not configured
  // any more go to the store. Blocks for the disk. Error: I/O on the folder.
  static Result<std::unique_ptr<SpanSampling>> open(Exporter<SpanBatch>& store, SamplingSettings settings,
                                                    std::string folder, const Clock& clock, Metrics& metrics);
  SpanSampling(Opened, Exporter<SpanBatch>& store, HeadSamplingSettings head, const Clock& clock,
               Metrics& metrics)
      : store_(store), metrics_(metrics), receivers_(store), head_(std::move(head), clock, metrics) {}
  std::string_view name() const override { return store_.name(); }
  Result<WriteReport> write(const SpanBatch& batch) override;
  // A further receiver of what is kept, behind the store. Before the first batch.
  void add(Exporter<SpanBatch>& exporter);
  // Decides about the traces that are due. Blocks for the disk.
  void decide_due();
  // Decides in time until dropped.
  io::Task<> run(io::Loop& loop, io::Pool& pool);

 private:
  // The store and all that follows it.
  class Receivers final : public Exporter<SpanBatch> {
   public:
    explicit Receivers(Exporter<SpanBatch>& store) : store_(store) {}
    std::string_view name() const override { return store_.name(); }
    Result<WriteReport> write(const SpanBatch& batch) override;
    void add(Exporter<SpanBatch>& exporter, Counter& failures) { others_.emplace_back(&exporter, &failures); }

   private:
    Exporter<SpanBatch>& store_;
    std::vector<std::pair<Exporter<SpanBatch>*, Counter*>> others_;
  };
  static Result<> take_up(const std::string& folder, Exporter<SpanBatch>& store);

  Exporter<SpanBatch>& store_;
  Metrics& metrics_;
  Receivers receivers_;
  HeadSampler head_;
  std::unique_ptr<TailSampler> tail_;
};

}  // namespace aloft::telemetry::traces
