// Many threads put work in, one at a time takes out everything that has gathered. While one batch is being
// handled the next one grows, so the slower the handling (an fsync, say) the more of it is shared.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/ensure.h"

namespace aloft::io {

// submit() from any thread. The handler sees items in the order of submission and is never called twice at
// once; it must not call back into its funnel.
template <class T>
class Funnel {
 public:
  enum class Runs {
    own_thread,  // for handlers that block
    submitter,   // on whichever submitting thread finds the funnel idle; deterministic where there is one
                 // thread
  };
  using Handler = std::move_only_function<void(std::vector<T>& batch)>;

  Funnel(Runs runs, std::size_t batch_limit, Handler handler)
      : runs_(runs), limit_(batch_limit), handler_(std::move(handler)) {
    ensure(batch_limit > 0, "a batch has room for an item");
    if (runs_ == Runs::own_thread) thread_ = std::thread([this] { work(); });
  }
  Funnel(const Funnel&) = delete;
  Funnel& operator=(const Funnel&) = delete;
  ~Funnel() { close(); }

  // False once closed; the item is dropped then, on this thread.
  bool submit(T item) {
    std::unique_lock lock(mutex_);
    if (closing_) return false;
    queue_.push_back(std::move(item));
    if (runs_ == Runs::own_thread) {
      if (idle_) changed_.notify_all();
    } else if (idle_) {
      drain(lock);
      changed_.notify_all();
    }
    return true;
  }

  // Returns when everything that was submitted has been handled. May be called again.
  void close() {
    std::thread ended;
    {
      std::unique_lock lock(mutex_);
      closing_ = true;
      changed_.notify_all();
      ended.swap(thread_);
      if (!ended.joinable()) changed_.wait(lock, [this] { return idle_ && queue_.empty(); });
    }
    if (ended.joinable()) ended.join();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) break;
      drain(lock);
    }
    changed_.notify_all();
  }

  void drain(std::unique_lock<std::mutex>& lock) {
    idle_ = false;
    while (!queue_.empty()) {
      take();
      lock.unlock();
      handler_(batch_);
      batch_.clear();
      lock.lock();
    }
    idle_ = true;
  }

  void take() {
    if (queue_.size() <= limit_) {
      batch_.swap(queue_);
      return;
    }
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(limit_);
    batch_.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
  }

  Runs runs_;
  std::size_t limit_;
  Handler handler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> queue_;
  std::vector<T> batch_;  // touched only by whoever handles
  bool idle_ = true;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace aloft::io
