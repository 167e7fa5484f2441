// Adding, taking and delaying keys. A key is in at most one of three places: queued, worked on, or both
// worked on and marked to be queued again.
#include "client/work_queue.h"

namespace aloft::client {

WorkQueue::WorkQueue(io::Loop& loop, Backoff backoff)
    : loop_(loop), backoff_(backoff), takers_(loop), timer_changed_(loop), scope_(loop) {
  scope_.spawn(run_timer());
}

void WorkQueue::add(const std::string& key) {
  if (closed_ || !queued_.insert(key).second) return;
  if (working_.contains(key)) return;
  queue_.push_back(key);
  takers_.notify_one();
}

void WorkQueue::add_after(const std::string& key, Duration delay) {
  if (closed_) return;
  if (delay <= Duration::zero()) {
    add(key);
    return;
  }
  const Time at = loop_.now() + delay;
  const auto known = waiting_by_key_.find(key);
  if (known != waiting_by_key_.end()) {
    if (known->second->first <= at) return;
    waiting_.erase(known->second);
    known->second = waiting_.emplace(at, key);
  } else {
    waiting_by_key_.emplace(key, waiting_.emplace(at, key));
  }
  timer_changed_.notify_all();
}

void WorkQueue::add_rate_limited(const std::string& key) {
  const int exponent = failures_[key]++;
  Duration delay = backoff_.first;
  for (int i = 0; i < exponent && delay < backoff_.longest; ++i) delay *= 2;
  add_after(key, std::min(delay, backoff_.longest));
}

void WorkQueue::forget(const std::string& key) { failures_.erase(key); }

int WorkQueue::failures(const std::string& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

io::Task<std::optional<std::string>> WorkQueue::next() {
  while (queue_.empty() && !closed_) co_await takers_.wait();
  if (closed_) co_return std::nullopt;
  std::string key = std::move(queue_.front());
  queue_.pop_front();
  queued_.erase(key);
  working_.insert(key);
  co_return key;
}

void WorkQueue::done(const std::string& key) {
  working_.erase(key);
  if (closed_ || !queued_.contains(key)) return;
  queue_.push_back(key);
  takers_.notify_one();
}

void WorkQueue::close() {
  closed_ = true;
  queue_.clear();
  queued_.clear();
  waiting_.clear();
  waiting_by_key_.clear();
  takers_.notify_all();
  timer_changed_.notify_all();
}

void WorkQueue::enqueue_waiting() {
  while (!waiting_.empty() && waiting_.begin()->first <= loop_.now()) {
    const std::string key = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    waiting_by_key_.erase(key);
    add(key);
  }
}

io::Task<> WorkQueue::run_timer() {
  while (!closed_) {
    if (waiting_.empty()) {
      co_await timer_changed_.wait();
    } else {
      const Time first = waiting_.begin()->first;
      co_await timer_changed_.wait_until(first);
    }
    enqueue_waiting();
  }
}

}  // namespace aloft::client
