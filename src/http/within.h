// A limit on how long to wait for something that may never happen, such as a peer's next step in a handshake.
#pragma once

#include <optional>
#include <utility>

#include "base/time.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/scope.h"
#include "io/task.h"

namespace aloft::http {

namespace detail {

template <class T>
io::Task<> keep_result(io::Task<T> task, std::optional<T>& into, io::Event& finished) {
  into.emplace(co_await std::move(task));
  finished.set();
}

inline io::Task<> ring(io::Loop& loop, Duration after, io::Event& finished) {
  co_await loop.sleep(after);
  finished.set();
}

}  // namespace detail

// The task's value, or nullopt when it takes longer than `limit`; the task is dropped then.
template <class T>
io::Task<std::optional<T>> within(io::Loop& loop, Duration limit, io::Task<T> task) {
  std::optional<T> value;
  io::Event finished(loop);
  io::Scope scope(loop);
  scope.spawn(detail::keep_result(std::move(task), value, finished));
  scope.spawn(detail::ring(loop, limit, finished));
  co_await finished.wait();
  scope.cancel();
  co_return std::move(value);
}

}  // namespace aloft::http
