// Disk work of the alerts, done in order on a thread of its own, so that the loop never waits for a disk.
#pragma once

#include <functional>
#include <vector>

#include "io/event.h"
#include "io/funnel.h"
#include "io/pool.h"

namespace aloft::telemetry::alerts {

// submit() from any thread. Destroying it finishes what was submitted.
class StateWriter {
 public:
  using Job = std::move_only_function<void()>;
  enum class Runs { own_thread, at_once };  // at once: on the caller's thread, for tests
  explicit StateWriter(Runs runs)
      : funnel_(
            runs == Runs::own_thread ? io::Funnel<Job>::Runs::own_thread : io::Funnel<Job>::Runs::submitter,
            1024, [](std::vector<Job>& jobs) {
              for (Job& job : jobs) job();
            }) {}

  void submit(Job job) { funnel_.submit(std::move(job)); }
  // Runs `f` on the writer and resumes on `loop` with its value.
  template <class F>
  auto run(io::Loop& loop, F f) -> io::Task<std::invoke_result_t<F&>> {
    using T = std::invoke_result_t<F&>;
    using Slot = io::detail::Arrival<T>;
    auto slot = std::make_shared<Slot>(loop);
    submit([slot, &loop, call = std::move(f)]() mutable {
      auto value = call();
      loop.post([arrived = std::move(slot), v = std::move(value)]() mutable {
        arrived->value.emplace(std::move(v));
        arrived->arrived.set();
      });
    });
    co_await slot->arrived.wait();
    co_return std::move(*slot->value);
  }
  void close() { funnel_.close(); }

 private:
  io::Funnel<Job> funnel_;
};

}  // namespace aloft::telemetry::alerts
