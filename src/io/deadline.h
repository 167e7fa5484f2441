// Waiting with an end: a task, or a time, whichever comes first.
#pragma once

#include <optional>
#include <utility>

#include "io/event.h"
#include "io/loop.h"
#include "io/scope.h"
#include "io/task.h"

namespace aloft::io {

namespace detail {

template <class T>
struct Race {
  explicit Race(Loop& loop) : over(loop) {}
  std::optional<T> value;
  Event over;
};
template <class T>
Task<> race_work(Race<T>& race, Task<T> task) {
  race.value.emplace(co_await std::move(task));
  race.over.set();
}
template <class T>
Task<> race_clock(Race<T>& race, Loop& loop, Time deadline) {
  co_await loop.sleep_until(deadline);
  race.over.set();
}

}  // namespace detail

// The task's value, or nullopt when it is not done at `deadline`; it is dropped then, where it waits.
template <class T>
Task<std::optional<T>> until(Loop& loop, Time deadline, Task<T> task) {
  detail::Race<T> race(loop);
  Scope scope(loop);
  scope.spawn(detail::race_work<T>(race, std::move(task)));
  if (!race.over.is_set()) {
    scope.spawn(detail::race_clock<T>(race, loop, deadline));
    co_await race.over.wait();
  }
  scope.cancel();
  co_return std::move(race.value);
}

}  // namespace aloft::io
