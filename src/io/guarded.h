// A small value that several threads change: it can be touched only inside with(), which holds its lock. For
// a few instructions at a time; never wait or call out in there.
#pragma once

#include <mutex>
#include <utility>

namespace aloft::io {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  template <class F>
  decltype(auto) with(F&& f) {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(value_);
  }

 private:
  std::mutex mutex_;
  T value_{};
};

}  // namespace aloft::io
