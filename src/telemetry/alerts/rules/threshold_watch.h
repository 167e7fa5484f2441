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
  // `wake` runs on the loop when the first of a batch has come.
  CrossingQueue(io::Loop& loop, std::function<void()> wake) : loop_(loop), wake_(std::move(wake)) {}
  void put(Crossing crossing);
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
  io::Guarded<std::vector<Crossing>> items_;
  io::Guarded<bool> open_{true};
};

// The observer of one rule.
class ThresholdWatch final : public metrics::IngestObserver {
 public:
  ThresholdWatch(std::size_t rule, Threshold threshold, std::shared_ptr<CrossingQueue> queue)
      : rule_(rule), threshold_(std::move(threshold)), queue_(std::move(queue)) {}
  void on_sample(LabelsView labels, std::uint64_t series, Millis time, double value) override;

 private:
  struct Seen {
    Millis time = 0;
    bool holds = false;
  };
  std::size_t rule_;
  Threshold threshold_;
  std::shared_ptr<CrossingQueue> queue_;
  io::Guarded<std::unordered_map<std::uint64_t, Seen>> seen_;
};

}  // namespace aloft::telemetry::alerts
