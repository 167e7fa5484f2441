// Threads for calls that block: fsync, mount, name look-up, key generation. A task hands a function over,
// waits, and goes on with the result on its own loop.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::io {

// Threads are started on demand, `threads` at most, and joined by the destructor after what is queued has
// run.
class Pool {
 public:
  explicit Pool(std::size_t threads = 4);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `f` on a pool thread. `loop` is the caller's own loop, where the result arrives. When the task is
  // dropped, `f` still runs to its end and its result is thrown away, so it must own what it uses.
  template <class F>
  auto run(Loop& loop, F f) -> Task<std::invoke_result_t<F&>>;

  // Queues a function without an answer. Any thread.
  void submit(std::move_only_function<void()> work);

 private:
  void work();

  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;
  std::size_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

namespace detail {

// Where an answer from another thread arrives. Shared, since either side may go away first.
template <class T>
struct Arrival {
  explicit Arrival(Loop& loop) : arrived(loop) {}
  Event arrived;
  std::optional<T> value;
};

// void has no values; this stands for the one it would have.
struct Nothing {};
template <class T>
using Something = std::conditional_t<std::is_void_v<T>, Nothing, T>;

template <class F>
auto call_for_something(F& f) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    f();
    return Nothing{};
  } else {
    return f();
  }
}

}  // namespace detail

template <class F>
auto Pool::run(Loop& loop, F f) -> Task<std::invoke_result_t<F&>> {
  using T = std::invoke_result_t<F&>;
  using Slot = detail::Arrival<detail::Something<T>>;
  // The slot is created and destroyed on the caller's loop: the pool only carries it back inside a post.
  auto slot = std::make_shared<Slot>(loop);
  submit([slot, &loop, call = std::move(f)]() mutable {
    auto value = detail::call_for_something(call);
    loop.post([arrived = std::move(slot), v = std::move(value)]() mutable {
      arrived->value.emplace(std::move(v));
      arrived->arrived.set();
    });
  });
  co_await slot->arrived.wait();
  if constexpr (!std::is_void_v<T>) co_return std::move(*slot->value);
}

}  // namespace aloft::io
