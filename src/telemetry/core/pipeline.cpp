// The budget, the way of a batch through processors and exporters, and what is counted on it.
#include "telemetry/core/pipeline.h"

namespace aloft::telemetry {
namespace {

std::uint64_t items_of(const MetricBatch& batch) { return batch.samples.size() + batch.histograms.size(); }
std::uint64_t items_of(const LogBatch& batch) { return batch.entry_count(); }
std::uint64_t items_of(const SpanBatch& batch) { return batch.span_count(); }

}  // namespace

Pipeline::Pipeline(io::Pool& pool, PipelineLimits limits, Metrics& metrics)
    : pool_(pool),
      limits_(limits),
      metrics_(metrics),
      refused_(metrics.counter("telemetry_refused_total",
                               "Requests that were refused because too much was under way.")),
      under_way_bytes_(metrics.gauge("telemetry_under_way_bytes",
                                     "Bytes of requests that were admitted and are not finished yet.")) {
  count_as<MetricBatch>("metrics");
  count_as<LogBatch>("logs");
  count_as<SpanBatch>("traces");
}

template <class Batch>
void Pipeline::count_as(std::string_view name) {
  const aloft::Labels labels = {{"signal", std::string(name)}};
  signal<Batch>().accepted = &metrics_.counter(
      "telemetry_accepted_total", "Samples, log entries and spans that were taken over.", labels);
  signal<Batch>().rejected = &metrics_.counter("telemetry_rejected_total",
                                               "Samples, log entries and spans that were not taken.", labels);
}

Counter& Pipeline::failures_of(std::string_view exporter) {
  return metrics_.counter("telemetry_export_failures_total", "Batches that an exporter did not take.",
                          {{"exporter", std::string(exporter)}});
}

Pipeline::Ticket::Ticket(Ticket&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Pipeline::Ticket& Pipeline::Ticket::operator=(Ticket&& other) noexcept {
  // What this ticket held goes with `other`'s old self.
  std::swap(owner_, other.owner_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Pipeline::Ticket::~Ticket() {
  if (owner_ == nullptr) return;
  owner_->under_way_.fetch_sub(bytes_, std::memory_order_relaxed);
  owner_->under_way_bytes_.add(-static_cast<double>(bytes_));
}

Result<Pipeline::Ticket> Pipeline::admit(std::size_t bytes) {
  std::size_t now = under_way_.load(std::memory_order_relaxed);
  do {
    // A request beyond the whole budget could never come in otherwise; alone it may.
    const bool fits = bytes <= limits_.bytes_under_way && now <= limits_.bytes_under_way - bytes;
    if (!fits && now != 0) {
      refused_.add();
      Error error(Code::too_many_requests, "too much telemetry is under way; try again later");
      error.retry_after(limits_.retry_after_seconds);
      return std::unexpected<Error>(std::move(error));
    }
  } while (!under_way_.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
  under_way_bytes_.add(static_cast<double>(bytes));
  return Ticket(this, bytes);
}

template <class Batch>
Result<WriteReport> Pipeline::write_to(Signal<Batch>& signal, Batch& batch) {
  const std::uint64_t offered = items_of(batch);
  for (Processor<Batch>* processor : signal.processors) processor->process(batch);
  if (signal.exporters.empty()) {
    signal.rejected->add(offered);
    return fail(Code::unavailable, "nothing here stores this kind of telemetry");
  }
  Result<WriteReport> answer = signal.exporters.front().exporter->write(batch);
  if (answer) {
    signal.accepted->add(answer->accepted);
    signal.rejected->add(answer->rejected);
  } else {
    signal.exporters.front().failures->add();
    signal.rejected->add(offered);
    // The sender will come again with the same batch; what goes out now would go out twice.
    return answer;
  }
  for (std::size_t i = 1; i < signal.exporters.size(); ++i) {
    if (!signal.exporters[i].exporter->write(batch)) signal.exporters[i].failures->add();
  }
  return answer;
}

Result<WriteReport> Pipeline::write(MetricBatch batch) { return write_to(signal<MetricBatch>(), batch); }
Result<WriteReport> Pipeline::write(LogBatch batch) { return write_to(signal<LogBatch>(), batch); }
Result<WriteReport> Pipeline::write(SpanBatch batch) { return write_to(signal<SpanBatch>(), batch); }

template <class Batch>
io::Task<Result<WriteReport>> Pipeline::push(io::Loop& loop, Ticket ticket,
                                             std::move_only_function<Result<Batch>()> decode) {
  auto work = [this, held = std::move(ticket), f = std::move(decode)]() mutable -> Result<WriteReport> {
    // Given back when the work is done, not when its answer has been sent.
    const Ticket here = std::move(held);
    Result<Batch> batch = f();
    if (!batch) return std::unexpected<Error>(std::move(batch).error());
    return write(std::move(*batch));
  };
  auto running = pool_.run(loop, std::move(work));
  co_return co_await std::move(running);
}

template io::Task<Result<WriteReport>> Pipeline::push<MetricBatch>(
    io::Loop&, Ticket, std::move_only_function<Result<MetricBatch>()>);
template io::Task<Result<WriteReport>> Pipeline::push<LogBatch>(io::Loop&, Ticket,
                                                                std::move_only_function<Result<LogBatch>()>);
template io::Task<Result<WriteReport>> Pipeline::push<SpanBatch>(
    io::Loop&, Ticket, std::move_only_function<Result<SpanBatch>()>);

}  // namespace aloft::telemetry
