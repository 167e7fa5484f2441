// A bounded queue between tasks. A full channel makes the writer wait or, given a coalescer, merges the new
// element into the newest waiting one, so that a stalled reader holds one element and never slows the writer.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "io/event.h"
#include "io/task.h"

namespace aloft::io {

// Lives on one loop; to send from another loop, post a call of try_push.
template <class T>
class Channel {
 public:
  using Coalescer = std::function<void(T& newest_waiting, T&& added)>;
  Channel(Loop& loop, std::size_t capacity, Coalescer coalescer = {})
      : capacity_(capacity), coalescer_(std::move(coalescer)), readers_(loop), writers_(loop) {}

  // False when the channel is closed; the element is dropped then.
  Task<bool> push(T value) {
    while (!closed_ && queue_.size() >= capacity_ && !coalescer_) co_await writers_.wait();
    co_return try_push(std::move(value));
  }
  // Never waits: false when closed, or full without a coalescer.
  bool try_push(T value) {
    if (closed_) return false;
    if (queue_.size() >= capacity_) {
      if (!coalescer_) return false;
      coalescer_(queue_.back(), std::move(value));
      return true;
    }
    queue_.push_back(std::move(value));
    readers_.notify_one();
    return true;
  }
  // Empty when the channel is closed and drained.
  Task<std::optional<T>> pop() {
    while (queue_.empty() && !closed_) co_await readers_.wait();
    co_return try_pop();
  }
  std::optional<T> try_pop() {
    if (queue_.empty()) return std::nullopt;
    std::optional<T> value(std::move(queue_.front()));
    queue_.pop_front();
    writers_.notify_one();
    return value;
  }
  void close() {
    closed_ = true;
    readers_.notify_all();
    writers_.notify_all();
  }
  bool closed() const { return closed_; }
  std::size_t size() const { return queue_.size(); }

 private:
  std::size_t capacity_;
  Coalescer coalescer_;
  bool closed_ = false;
  std::deque<T> queue_;
  WaitList readers_;
  WaitList writers_;
};

}  // namespace aloft::io
