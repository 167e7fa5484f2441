// Gives every pod that waits a node, one after another, best node first; tells people why when there is none,
// and tries again when something that matters changes.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/random.h"
#include "base/time.h"
#include "client/reconcile.h"
#include "io/loop.h"
#include "scheduler/plugins/resource_fit.h"
#include "scheduler/queue.h"

namespace aloft::scheduler {

struct SchedulerOptions {
  std::string name = "default-scheduler";  // pods whose spec.schedulerName is another one are left alone
  FitStrategy strategy = FitStrategy::best_fit;
  QueueOptions queue;
  std::size_t binds_at_once = 1000;  // deciding goes on while so many decisions are being written
};

// Lives on the informers' loop; construct before InformerSet::start(). Decisions are made one at a time, each
// seeing those before it; their writes overlap. Destroying it drops writes in flight, which is safe: a pod is
// bound by one write, and whoever schedules next sees it or not.
class Scheduler {
 public:
  Scheduler(io::Loop& loop, const Clock& clock, client::Client& client, client::InformerSet& informers,
            Random& random, Metrics& metrics, SchedulerOptions options = {});
  ~Scheduler();
  // Begins once the informers have synced.
  void start();
  // Where the pods are that wait.
  Queue::Counts waiting() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aloft::scheduler
