// Watches the samples of threshold rules while they are written, and tells the alerts' loop when one crosses
// its threshold: that is how an alert leaves within milliseconds of its sample.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "io/guarded.h"
#include "io/loop.h"
#include "telemetry/alerts/rules/threshold.h"
#include "telemetry/metrics/ingest_observer.h"

namespace aloft::telemetry::alerts {

// A sample that changed what its rule says about its series.
struct Crossing {
  std::size_t rule = 0;  // as the watch was made for
  Labels labels;
  Millis time = 0;
  double value = 0;  // of the expression where it holds, otherwise of the sample
  bool holds = false;
};

// Where crossings gather until the loop takes them. Any thread puts, the loop takes.
class CrossingQueue {
 public:
  // `wake` runs on the loop when there is something to take.
  CrossingQueue(io::Loop& loop, std::function<void()> wake) : loop_(loop), wake_(std::move(wake)) {}
  void put(Crossing crossing);
  // What was put may be taken: a batch is told of whole, however long it takes to write.
  void announce();
  std::vector<Crossing> take();
  std::size_t size();
  // Nothing wakes the loop any more.
  void close() {
    open_.with([](bool& open) { open = false; });
  }
  // For posts that arrive after the owner has gone.
  static std::shared_ptr<CrossingQueue> make(io::Loop& loop, std::function<void()> wake) {
    auto queue = std::make_shared<CrossingQueue>(loop, std::move(wake));
    queue->self_ = queue;
    return queue;
  }

 private:
  io::Loop& loop_;
  std::function<void()> wake_;
  std::weak_ptr<CrossingQueue> self_;
  struct Waiting {
    std::vector<Crossing> crossings;
    bool announced = false;  // since the last take()
  };
  io::Guarded<Waiting> waiting_;
  io::Guarded<bool> open_{true};
};

// The observer of one rule. At first it is wary: it also reports the first sample of a series that is fine,
// for there may be alerts about it that no sample has told of while the watch looked.
class ThresholdWatch final : public metrics::IngestObserver {
 public:
  ThresholdWatch(std::size_t rule, Threshold threshold, std::shared_ptr<CrossingQueue> queue)
      : rule_(rule), threshold_(std::move(threshold)), queue_(std::move(queue)) {}
  void on_sample(LabelsView labels, std::uint64_t series, Millis time, double value) override;
  void on_batch_end() override { queue_->announce(); }
  // Every alert there is has been told of.
  void relax();

 private:
  struct Last {
    Millis time = 0;
    bool holds = false;
  };
  struct Seen {
    std::unordered_map<std::uint64_t, Last> series;
    bool wary = true;
  };
  // What a sample makes of its series.
  struct Change {
    bool crossed = false;
    bool was_silent = false;  // for so long that what it said before did not hold any more
  };
  Change note(std::uint64_t series, Millis time, bool holds);

  std::size_t rule_;
  Threshold threshold_;
  std::shared_ptr<CrossingQueue> queue_;
  io::Guarded<Seen> seen_;
};

}  // namespace aloft::telemetry::alerts
