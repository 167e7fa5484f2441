// Calls between loops. A task on one loop runs a task on another and gets its value back; dropping the
// caller's task drops the other one where it waits. Arguments cross by value inside the function that is
// handed over.
#pragma once

#include <functional>
#include <memory>

#include "io/pool.h"
#include "io/task.h"

namespace aloft::io {

// Runs `f()` on `there` and resumes on `here`, the caller's loop. Both loops outlive the call. When they are
// the same loop the task is simply awaited.
template <class T>
Task<T> run_on(Loop& here, Loop& there, std::move_only_function<Task<T>()> f) {
  if (&here == &there) {
    Task<T> same = f();
    co_return co_await std::move(same);
  }
  using Slot = detail::Arrival<detail::Something<T>>;
  struct Remote {
    std::move_only_function<Task<T>()> make;
    Task<> running;
    static Task<> drive(std::shared_ptr<Remote> self, std::shared_ptr<Slot> slot, Loop& home) {
      Task<T> work = self->make();
      if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
        home.post([slot = std::move(slot)]() mutable {
          slot->value.emplace();
          slot->arrived.set();
        });
      } else {
        T value = co_await std::move(work);
        home.post([slot = std::move(slot), v = std::move(value)]() mutable {
          slot->value.emplace(std::move(v));
          slot->arrived.set();
        });
      }
    }
  };
  // Cancels the far side when the near side goes away. The far frame is destroyed on its own loop, always by
  // a post, so it is never destroyed while it runs.
  struct Leash {
    std::shared_ptr<Remote> remote;
    Loop& loop;
    ~Leash() {
      loop.post([doomed = std::move(remote)]() mutable {
        doomed->running = Task<>();
        doomed->make = nullptr;
      });
    }
  };
  auto slot = std::make_shared<Slot>(here);
  auto remote = std::make_shared<Remote>();
  remote->make = std::move(f);
  Leash leash{remote, there};
  Loop* home = &here;
  there.post([remote = std::move(remote), slot, home]() mutable {
    Remote& r = *remote;
    r.running = Remote::drive(std::move(remote), std::move(slot), *home);
    r.running.start();
  });
  co_await slot->arrived.wait();
  if constexpr (!std::is_void_v<T>) co_return std::move(*slot->value);
}

}  // namespace aloft::io
