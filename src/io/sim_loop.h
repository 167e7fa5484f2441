// A loop whose clock jumps: when nothing is ready, time moves to the next timer. For tests and simulation;
// the same code as in production then runs an hour in a millisecond, and two runs from one seed are the same
// run.
#pragma once

#include <deque>
#include <functional>
#include <mutex>

#include "io/loop.h"
#include "io/task.h"

namespace aloft::io {

class SimLoop final : public Loop, public Clock {
 public:
  explicit SimLoop(WallTime start = {}) : start_(start) {}
  ~SimLoop() override;

  Time now() const override { return now_; }
  // Wall time moves with the simulated clock, from the start given.
  WallTime wall() const override { return start_ + now_.since_origin; }
  void post(std::move_only_function<void()> f) override;

  // Runs until nothing is ready and no timer is armed.
  void run();
  // Runs everything that happens up to now() + duration, then stands at that time.
  void run_for(Duration duration);
  // Runs what is ready at this instant without moving time.
  void settle();

  // Starts the task, runs the loop until it is done and gives its value; other work goes on meanwhile.
  template <class T>
  T run_until_done(Task<T> task) {
    task.start();
    while (!task.done()) ensure(step(), "the task waits for something that never happens");
    return task.result();
  }

 private:
  bool run_posted();
  bool
  step();  // one turn at this instant, or a jump to the next timer; false when there is nothing left to do

  WallTime start_;
  Time now_{};
  std::mutex mutex_;
  std::deque<std::move_only_function<void()>> posted_;
};

}  // namespace aloft::io
