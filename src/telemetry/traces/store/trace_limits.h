// How large the traces are that spans arrive for now. A trace of millions of spans would make every query
// that meets it slow, so its spans are refused beyond a limit.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/guarded.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/store.h"

namespace aloft::telemetry::traces {

// Remembers the traces of two generations, of which the older is forgotten when the newer is full: memory is
// bounded, and a trace that is quiet for long may begin anew. Any thread.
class LiveTraces {
 public:
  explicit LiveTraces(const TraceLimits& limits, std::size_t generation = 250'000)
      : limits_(limits), generation_(generation) {}

  // Decides for each span of the batch, in its order, whether it is taken; counts what was not in `report`.
  std::vector<bool> admit(const SpanBatch& batch, WriteReport& report);
  // For spans that were admitted but could not be kept.
  void give_back(const SpanBatch& batch, const std::vector<bool>& taken);

 private:
  struct Size {
    std::uint64_t spans = 0;
    std::uint64_t bytes = 0;
  };
  struct IdHash {
    std::size_t operator()(const TraceId& id) const;
  };
  struct State {
    std::unordered_map<TraceId, Size, IdHash> newer;
    std::unordered_map<TraceId, Size, IdHash> older;
  };
  Size& find(State& state, const TraceId& id) const;
  bool take(State& state, const Span& span, WriteReport& report) const;

  TraceLimits limits_;
  std::size_t generation_;
  io::Guarded<State> state_;
};

}  // namespace aloft::telemetry::traces
