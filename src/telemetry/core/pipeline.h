// The one way in. Every protocol admits its bytes here, decodes on a pool thread, and hands batches through
// the processors to the exporters of their signal. What is under way is bounded: beyond the budget a sender
// is refused with 429 and Retry-After, so memory never grows with load.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry {

// What became of a batch: how much was taken, and why the rest was not. A batch is never refused as a whole
// for one bad item.
struct WriteReport {
  std::uint64_t accepted = 0;
  std::uint64_t histograms = 0;  // of the accepted ones (remote write 2.0 tells them apart)
  std::uint64_t exemplars = 0;
  std::uint64_t rejected = 0;
  std::string first_rejection;  // names the series, stream or span and the reason
  // True when what was rejected will never be accepted (answer 400), false when a retry may help.
  bool permanent = true;
};

// Changes or thins a batch before it is exported. Called from any pool thread.
template <class Batch>
class Processor {
 public:
  virtual ~Processor() = default;
  virtual std::string_view name() const = 0;
  virtual void process(Batch& batch) = 0;
};

// Takes batches over: a store, a remote system, a file. Called from any pool thread; must not block on a
// network (queue instead). The first exporter of a signal is the store; its report is the sender's answer.
// Error: unavailable (disk full, closed), too_many_requests (its own queue is full).
template <class Batch>
class Exporter {
 public:
  virtual ~Exporter() = default;
  virtual std::string_view name() const = 0;
  virtual Result<WriteReport> write(const Batch& batch) = 0;
};

struct PipelineLimits {
  std::size_t bytes_under_way = 64 * 1024 * 1024;
  int retry_after_seconds = 1;
};

// Registration before the first batch, on the owner's loop; push() and write() from any loop or thread
// afterwards. Processors and exporters outlive it.
class Pipeline {
 public:
  Pipeline(io::Pool& pool, PipelineLimits limits, Metrics& metrics);

  template <class Batch>
  void add(Processor<Batch>& processor) {
    signal<Batch>().processors.push_back(&processor);
  }
  template <class Batch>
  void add(Exporter<Batch>& exporter) {
    signal<Batch>().exporters.push_back({&exporter, &failures_of(exporter.name())});
  }

  // A share of the budget, given back by the destructor.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    friend class Pipeline;
    Ticket(Pipeline* owner, std::size_t bytes) : owner_(owner), bytes_(bytes) {}
    Pipeline* owner_ = nullptr;
    std::size_t bytes_ = 0;
  };
  // Before a body is decoded (and before it is read, where its length is known). Error: too_many_requests
  // with Retry-After.
  Result<Ticket> admit(std::size_t bytes);

  // Runs `decode` on a pool thread, then processors and exporters; resumes on `loop` with the report. Error:
  // what `decode` gave, or the store's.
  template <class Batch>
  io::Task<Result<WriteReport>> push(io::Loop& loop, Ticket ticket,
                                     std::move_only_function<Result<Batch>()> decode);
  // The same at once, on this thread, for sources inside the process (scrapes, rules, spans of our own).
  Result<WriteReport> write(MetricBatch batch);
  Result<WriteReport> write(LogBatch batch);
  Result<WriteReport> write(SpanBatch batch);

 private:
  template <class Batch>
  struct Signal {
    struct Registered {
      Exporter<Batch>* exporter;
      Counter* failures;
    };
    std::vector<Processor<Batch>*> processors;
    std::vector<Registered> exporters;
    Counter* accepted = nullptr;
    Counter* rejected = nullptr;
  };
  template <class Batch>
  Signal<Batch>& signal() {
    return std::get<Signal<Batch>>(signals_);
  }
  template <class Batch>
  Result<WriteReport> write_to(Signal<Batch>& signal, Batch& batch);
  template <class Batch>
  void count_as(std::string_view name);
  Counter& failures_of(std::string_view exporter);

  io::Pool& pool_;
  PipelineLimits limits_;
  Metrics& metrics_;
  std::atomic<std::size_t> under_way_{0};
  Counter& refused_;
  Gauge& under_way_bytes_;
  std::tuple<Signal<MetricBatch>, Signal<LogBatch>, Signal<SpanBatch>> signals_;
};

extern template io::Task<Result<WriteReport>> Pipeline::push<MetricBatch>(
    io::Loop&, Ticket, std::move_only_function<Result<MetricBatch>()>);
extern template io::Task<Result<WriteReport>> Pipeline::push<LogBatch>(
    io::Loop&, Ticket, std::move_only_function<Result<LogBatch>()>);
extern template io::Task<Result<WriteReport>> Pipeline::push<SpanBatch>(
    io::Loop&, Ticket, std::move_only_function<Result<SpanBatch>()>);

}  // namespace aloft::telemetry
