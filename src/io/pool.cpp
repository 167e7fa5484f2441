// Starting, feeding and joining the threads of a pool.
#include "io/pool.h"

namespace aloft::io {

Pool::Pool(std::size_t threads) : limit_(threads) { ensure(threads > 0, "a pool has a thread"); }

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::submit(std::move_only_function<void()> work) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  if (idle_ >= queue_.size() || threads_.size() >= limit_) {
    wake_.notify_one();
  } else {
    threads_.emplace_back([this] { this->work(); });
  }
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace aloft::io
