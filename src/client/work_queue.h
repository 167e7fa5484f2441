// Keys waiting to be reconciled: each at most once, never two at a time for one key, failed ones after a
// growing delay (client-go's workqueue: 5 ms doubling to 1,000 s per key).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/time.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/scope.h"
#include "io/task.h"

namespace aloft::client {

struct Backoff {
  Duration first = 5ms;
  Duration longest = 1000s;
};

// Lives on one loop.
class WorkQueue {
 public:
  explicit WorkQueue(io::Loop& loop, Backoff backoff = {});
  // Queues the key unless it waits already; one that is being worked on is queued again when done.
  void add(const std::string& key);
  // Queues the key once `delay` has passed; of several delays for one key the earliest end counts.
  void add_after(const std::string& key, Duration delay);
  // After a failure: the key's own delay, doubling each time.
  void add_rate_limited(const std::string& key);
  // After a success: forgets the key's failures.
  void forget(const std::string& key);
  int failures(const std::string& key) const;
  // The next key; nullopt after close(). done(key) must follow.
  io::Task<std::optional<std::string>> next();
  void done(const std::string& key);
  void close();
  std::size_t size() const { return queue_.size(); }
  std::size_t working() const { return working_.size(); }
  // Keys that wait for their delay to end.
  std::size_t waiting() const { return waiting_.size(); }

 private:
  void enqueue_waiting();
  io::Task<> run_timer();

  io::Loop& loop_;
  Backoff backoff_;
  std::deque<std::string> queue_;
  std::set<std::string> queued_;
  std::set<std::string> working_;
  std::map<std::string, int> failures_;
  using Waiting = std::multimap<Time, std::string>;
  Waiting waiting_;
  std::map<std::string, Waiting::iterator> waiting_by_key_;
  bool closed_ = false;
  io::WaitList takers_;
  io::WaitList timer_changed_;
  io::Scope scope_;
};

}  // namespace aloft::client
