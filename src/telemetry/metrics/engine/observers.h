// Who watches which series while samples are written.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "io/guarded.h"
#include "telemetry/metrics/engine/last_times.h"
#include "telemetry/metrics/head/series_index.h"
#include "telemetry/metrics/head/write_record.h"
#include "telemetry/metrics/ingest_observer.h"

namespace aloft::telemetry::metrics {

// Any thread. A series that somebody watches is flagged in LastTimes, so the others cost nothing.
class Observers {
 public:
  // `each` calls back for every series that matches, with its labels, while neither series nor samples are
  // added.
  using EachSeries = std::function<void(const std::function<void(SeriesRef, LabelsView)>&)>;
  std::unique_ptr<Observation> add(std::vector<Matcher> matchers, IngestObserver& observer, LastTimes& flags,
                                   const EachSeries& each);
  // A series was added; called before samples of it arrive.
  void series_added(SeriesRef ref, LabelsView labels, LastTimes& flags);
  void forget_series(SeriesRef ref);
  // Hands samples of flagged series on.
  void deliver(const std::vector<NewSample>& samples);

 private:
  // The observer is called inside with(), one sample at a time, so that ending an observation waits for it.
  struct Slot {
    std::vector<Matcher> matchers;
    io::Guarded<IngestObserver*> observer;
  };
  using SlotPtr = std::shared_ptr<Slot>;
  struct Watched {
    Labels labels;
    std::vector<SlotPtr> slots;
  };
  struct State {
    std::vector<SlotPtr> slots;
    std::unordered_map<SeriesRef, Watched> watched;
  };
  class Handle;
  static void watch(State& state, const SlotPtr& slot, SeriesRef ref, LabelsView labels);
  std::shared_ptr<io::Guarded<State>> state_ = std::make_shared<io::Guarded<State>>();
};

}  // namespace aloft::telemetry::metrics
