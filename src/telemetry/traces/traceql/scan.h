// The way from the store to traces: first the columns of every group that the time allows are asked which
// traces may match, then those are put together from all parts.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/traceql/bind.h"

namespace aloft::telemetry::traces::traceql {

struct ScanLimits {
  std::uint64_t spans = 500'000'000;  // rows that are looked at
  std::chrono::milliseconds time{30'000};
};

// What a query cost, and what it left out. Counted from several threads.
struct ScanStats {
  std::atomic<std::uint64_t> spans{0};
  std::atomic<std::uint64_t> traces{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> blocks{0};
  std::atomic<bool> partial{false};  // stopped by a limit, or damaged groups were left out
};

// Trace ids of one slice of their space; queries run over several slices at once.
struct IdRange {
  TraceId first{};
  TraceId last{};
  static std::vector<IdRange> split(std::size_t slices);
  bool contains(const TraceId& id) const { return first <= id && id <= last; }
};

struct Candidate {
  TraceId id{};
  std::int64_t latest_start = 0;  // of the spans that may match
};

// One thread's scan of one slice. Borrows query, view and stats.
class Scanner {
 public:
  Scanner(const Query& query, const StoreView& view, const TimeRange& range, const ScanLimits& limits,
          std::chrono::steady_clock::time_point began, ScanStats& stats);

  // Traces of the slice with spans that may match and overlap the time; by id.
  std::vector<Candidate> candidates(const IdRange& slice);
  // Puts the traces together and hands them over, in the order of their ids; stops when `take` gives false or
  // a limit is reached. `ids` rise. The views borrow tables that live until the next call.
  void traces(const std::vector<TraceId>& ids, const std::function<bool(const TraceView&)>& take);

 private:
  // The group of a part that was read last.
  struct Place {
    std::size_t group = ~std::size_t{0};
    std::shared_ptr<const BoundTable> table;
  };
  bool exhausted();
  std::shared_ptr<const BoundTable> load(const Part& part, std::size_t group, const ColumnChoice& choice);

  const Query& query_;
  const StoreView& view_;
  TimeRange range_;
  ScanLimits limits_;
  std::chrono::steady_clock::time_point began_;
  ScanStats& stats_;
  ColumnChoice choice_;
};

}  // namespace aloft::telemetry::traces::traceql
