// The pods that wait for a node: those to try now, those that rest after a failure, those that fit nowhere
// until something changes, and those that are held back by gates.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/time.h"
#include "scheduler/framework/events.h"
#include "scheduler/framework/pod_info.h"

namespace aloft::scheduler {

struct QueueOptions {
  // A pod rests after each failed try, twice as long each time.
  Duration first_backoff = 1s;
  Duration longest_backoff = 10s;
  // A pod that fits nowhere is tried again after so long even if nothing seems to have changed.
  Duration longest_wait = 300s;
};

// Plain data with the time handed in; lives on one loop.
class Queue {
 public:
  explicit Queue(QueueOptions options = {});
  ~Queue();

  // A pod that is new, or another state of one that waits. `tries_again`: the change may let it fit, so it is
  // woken.
  void put(SharedPod pod, bool tries_again, Time now);
  // The pod is bound, removed, or somebody else's.
  void remove(const std::string& key);

  // The next pod to try: the highest priority, then the oldest. Null when there is none now. Either park(),
  // retry() or remove() must follow; until then the pod is out and nothing wakes it.
  SharedPod pop(Time now);
  // It fits nowhere until one of `wakes_on` happens.
  void park(const std::string& key, Events wakes_on, Time now);
  // It failed for a reason that passes.
  void retry(const std::string& key, Time now);
  void wake(Events events, Time now);

  // The last state that was put; null when the pod is not here.
  SharedPod find(const std::string& key) const;
  // When a pod will be ready to be tried without further events; nullopt when none will. Not later than now
  // when one is ready already.
  std::optional<Time> next_due() const;

  struct Counts {
    std::size_t active = 0;
    std::size_t resting = 0;
    std::size_t parked = 0;
    std::size_t gated = 0;
    std::size_t out = 0;
  };
  Counts counts() const;

 private:
  enum class Place { active, resting, parked, gated, out };
  struct Entry {
    SharedPod pod;
    std::uint64_t sequence = 0;
    Place place = Place::out;
    int tries = 0;
    Time rests_until{};
    Time parked_until{};
    Events wakes_on;
  };
  struct Before {
    bool operator()(const Entry* a, const Entry* b) const;
  };
  using Timed = std::set<std::pair<Time, Entry*>>;

  Duration backoff(int tries) const;
  void take_out(Entry& entry);
  void activate(Entry& entry, Time now);
  void move_due(Time now);

  QueueOptions options_;
  std::uint64_t sequence_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
  std::set<Entry*, Before> active_;
  Timed resting_;
  Timed parked_;
  std::size_t gated_ = 0;
};

}  // namespace aloft::scheduler
