// Where code runs and what time it is. A Loop runs coroutines and callbacks one after another on one thread;
// nothing on a loop needs a lock. EpollLoop is the real one (one per core); SimLoop is for tests and jumps
// its clock to the next timer, so an hour of back-off takes no time and its instants are exact.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"

namespace aloft::io {

class Loop;

// A link in a loop's list of what to run next. It lives in the awaiter and leaves the list when that is
// destroyed, so dropping a task that is ready but has not run yet is safe.
class ReadyNode {
 public:
  ReadyNode() = default;
  ReadyNode(const ReadyNode&) = delete;
  ReadyNode& operator=(const ReadyNode&) = delete;
  ~ReadyNode() { unlink(); }
  bool linked() const { return previous_ != nullptr; }
  void unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }
  // Puts this node at the end of the list that `list` heads.
  void link_before(ReadyNode& list) {
    previous_ = list.previous_;
    next_ = &list;
    previous_->next_ = this;
    list.previous_ = this;
  }

  std::coroutine_handle<> handle;

 private:
  friend class Loop;
  ReadyNode* previous_ = nullptr;
  ReadyNode* next_ = nullptr;
};

// An entry in a loop's timer heap; at its time the handle is resumed. Leaves the heap when destroyed.
class TimerNode {
 public:
  TimerNode() = default;
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;
  ~TimerNode();
  bool armed() const { return index_ != npos; }
  std::coroutine_handle<> handle;

 private:
  friend class Loop;
  static constexpr std::size_t npos = ~std::size_t{0};
  Loop* loop_ = nullptr;
  Time at_{};
  std::uint64_t sequence_ = 0;
  std::size_t index_ = npos;
};

class Loop {
 public:
  Loop();
  virtual ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Stands still while tasks run and moves only when the loop waits, so one turn sees one time.
  virtual Time now() const = 0;

  // Runs `f` on this loop's thread, after what is ready now. The only call that any thread may make; those
  // posted by one thread run in order. What is still posted when the loop is destroyed is destroyed unrun.
  virtual void post(std::move_only_function<void()> f) = 0;

  // co_await loop.sleep(d): resumes at now() + d; at once, after what is ready, for d <= 0.
  struct Sleep {
    Loop& loop;
    Time at;
    TimerNode node{};
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      node.handle = h;
      loop.arm(node, at);
    }
    void await_resume() const noexcept {}
  };
  Sleep sleep(Duration duration) { return Sleep{*this, now() + duration}; }
  Sleep sleep_until(Time at) { return Sleep{*this, at}; }

  // co_await loop.yield(): lets everything else that is ready run first.
  struct Yield {
    Loop& loop;
    ReadyNode node{};
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      node.handle = h;
      loop.make_ready(node);
    }
    void await_resume() const noexcept {}
  };
  Yield yield() { return Yield{*this}; }

  // For awaiters: run node.handle soon; a node that is already linked stays where it is.
  void make_ready(ReadyNode& node) {
    if (!node.linked()) node.link_before(ready_);
  }
  void arm(TimerNode& node, Time at);
  void disarm(TimerNode& node);

 protected:
  // Runs everything that became ready before this call; what it makes ready waits for the next. True if any
  // ran.
  bool run_ready();
  bool anything_ready() const { return ready_.next_ != &ready_; }
  // Moves timers that are due at `now` into the ready list's order by running them. True if any ran.
  bool run_timers(Time now);
  bool has_timer() const { return !timers_.empty(); }
  Time next_timer() const { return timers_.front()->at_; }

 private:
  bool before(std::size_t a, std::size_t b) const;
  void place(std::size_t index, TimerNode* node);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  ReadyNode ready_;                 // head of a circular list
  std::vector<TimerNode*> timers_;  // binary heap by (time, sequence)
  std::uint64_t sequence_ = 0;
};

}  // namespace aloft::io
