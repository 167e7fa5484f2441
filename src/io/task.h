// The unit of asynchronous work. A Task is lazy (it starts when awaited or spawned), has one owner, runs on
// its owner's loop, and destroying it cancels it where it waits: the frame's destructors run, waiters unlink
// themselves, nothing is left behind. It does not use symmetric transfer, which GCC compiles to a call below
// -O2 and so overflows the stack in long loops of ready tasks; a task that finishes without waiting resumes
// nobody.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/ensure.h"

namespace aloft::io {

template <class T = void>
class Task;

namespace detail {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
    if (h.promise().waited_for) h.promise().continuation.resume();
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation;
  bool waited_for = false;
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // Exceptions of libraries stay in the file that wraps the library; one that gets here is a bug.
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U = T>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

// Awaitable once, as an rvalue: `auto v = co_await f();`. What a coroutine takes by reference must outlive
// its Task.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_.done(); }
  // Runs the task until it first waits. For owners that keep the Task (Scope, tests), not for co_await.
  void start() {
    ensure(handle_ && !handle_.done(), "a task is started once");
    handle_.resume();
  }
  // The value of a task that is done.
  T result() { return handle_.promise().take(); }

  struct Awaiter {
    Handle h;
    bool await_ready() const noexcept { return false; }
    // False when the task finished without suspending: nobody resumes anybody and the stack does not grow.
    bool await_suspend(std::coroutine_handle<> waiting) const noexcept {
      h.promise().continuation = waiting;
      h.resume();
      if (h.done()) return false;
      h.promise().waited_for = true;
      return true;
    }
    T await_resume() const { return h.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  void destroy() {
    if (handle_) std::exchange(handle_, {}).destroy();
  }
  Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace detail

}  // namespace aloft::io
