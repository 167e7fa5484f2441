// A limit on how long a task may take: what is late is dropped where it waits.
#pragma once

#include <optional>

#include "io/event.h"
#include "io/task.h"

namespace aloft::io {

// The value of `task`, or nullopt when it took longer than `limit`; it was cancelled then.
template <class T>
Task<std::optional<T>> within(Loop& loop, Duration limit, Task<T> task) {
  struct Race {
    explicit Race(Loop& l) : over(l) {}
    WaitList over;
    std::optional<T> value;
    Task<> run(Task<T> work) {
      value.emplace(co_await std::move(work));
      over.notify_one();
    }
  };
  Race race(loop);
  Task<> running = race.run(std::move(task));
  running.start();
  if (!race.value) co_await race.over.wait_until(loop.now() + limit);
  co_return std::move(race.value);
}

}  // namespace aloft::io
