// The order of the two, and who gets what they keep.
#include "telemetry/traces/derive/sampling.h"

#include "base/log.h"
#include "io/file.h"

namespace aloft::telemetry::traces {

Result<WriteReport> SpanSampling::Receivers::write(const SpanBatch& batch) {
  auto report = store_.write(batch);
  // Who sends comes again with the same batch; what goes out now would go out twice.
  if (!report) return report;
  for (const auto& [exporter, failures] : others_) {
    if (!exporter->write(batch)) failures->add();
  }
  return report;
}

Result<std::unique_ptr<SpanSampling>> SpanSampling::open(Exporter<SpanBatch>& store,
                                                         SamplingSettings settings, std::string folder,
                                                         const Clock& clock, Metrics& metrics) {
  auto made = std::make_unique<SpanSampling>(Opened(), store, std::move(settings.head), clock, metrics);
  if (!settings.tail) {
    TRY_DO(take_up(folder, store));
    return made;
  }
  settings.tail->folder = std::move(folder);
  TRY(tail, TailSampler::open(made->receivers_, std::move(*settings.tail), clock, metrics));
  made->tail_ = std::move(tail);
  return made;
}

Result<> SpanSampling::take_up(const std::string& folder, Exporter<SpanBatch>& store) {
  if (!io::list_directory(folder)) return {};
  Result<> done;
  UndecidedReplay replay;
  replay.decided = [](const std::vector<Decision>&) {};
  replay.waiting = [&](LogPosition, const SpanBatch& batch) {
    if (auto written = store.write(batch); !written) done = fail(written.error());
  };
  TRY_DO(UndecidedLog::open(folder, {}, replay));
  TRY_DO(done);
  return io::remove_tree(folder);
}

void SpanSampling::add(Exporter<SpanBatch>& exporter) {
  receivers_.add(exporter,
                 metrics_.counter("telemetry_export_failures_total", "Batches that an exporter did not take.",
                                  {{"exporter", std::string(exporter.name())}}));
}

Result<WriteReport> SpanSampling::write(const SpanBatch& batch) {
  Exporter<SpanBatch>& next = tail_ != nullptr ? static_cast<Exporter<SpanBatch>&>(*tail_) : receivers_;
  if (!head_.active()) return next.write(batch);
  const SpanBatch kept = head_.sample(batch);
  const std::size_t left_out = batch.span_count() - kept.span_count();
  WriteReport report;
  if (kept.span_count() > 0) {
    TRY(written, next.write(kept));
    report = std::move(written);
  }
  // Left out as was wished, which is no refusal.
  report.accepted += left_out;
  return report;
}

void SpanSampling::decide_due() {
  if (tail_ != nullptr) tail_->decide_due();
}

io::Task<> SpanSampling::run(io::Loop& loop, io::Pool& pool) {
  if (tail_ != nullptr) co_await tail_->run(loop, pool);
}

}  // namespace aloft::telemetry::traces
