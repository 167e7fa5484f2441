// Limits and state of one running query.
#include "telemetry/promql/eval/context.h"

namespace aloft::telemetry::promql {

Result<> SampleBudget::take(std::uint64_t samples) {
  const std::uint64_t held = held_.fetch_add(samples, std::memory_order_relaxed) + samples;
  if (held > most_ || samples > most_) {
    give_back(samples);
    return fail(Code::invalid, "query processing would load too many samples into memory in query execution");
  }
  std::uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (held > peak && !peak_.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
  }
  return {};
}

Result<> Reservation::grow(SampleBudget& budget, std::uint64_t samples) {
  TRY_DO(budget.take(samples));
  budget_ = &budget;
  samples_ += samples;
  return {};
}

Result<> QueryContext::check_running() const {
  if (!stop) return {};
  switch (stop->reason()) {
    case StopSignal::Reason::none:
      return {};
    case StopSignal::Reason::cancelled:
      return fail(Code::cancelled, "query was canceled in expression evaluation");
    case StopSignal::Reason::timed_out:
      return fail(Code::timeout, "query timed out in expression evaluation");
  }
  return {};
}

}  // namespace aloft::telemetry::promql
