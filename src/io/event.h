// Waiting for something that another task on the same loop does: WaitList is the list of who waits, Event a
// flag with such a list. Waiters unlink themselves when their task is dropped.
#pragma once

#include "io/loop.h"

namespace aloft::io {

// Who waits, in order of arrival. Lives on one loop and outlives its waiters.
class WaitList {
 public:
  explicit WaitList(Loop& loop) : loop_(loop) { head_.link_self(); }
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;

  struct Wait;
  struct TimedWait;
  // co_await list.wait(): until notified. Check the condition again afterwards.
  Wait wait();
  // The same, but not beyond `at`: false when the time came first.
  TimedWait wait_until(Time at);
  void notify_one();
  void notify_all();
  bool empty() const { return head_.next == &head_; }
  Loop& loop() const { return loop_; }

 private:
  struct Link {
    Link* previous = nullptr;
    Link* next = nullptr;
    void link_self() { previous = next = this; }
    void unlink() {
      if (previous == nullptr) return;
      previous->next = next;
      next->previous = previous;
      previous = next = nullptr;
    }
  };

 public:
  struct Wait : Link {
    explicit Wait(WaitList& owner) : list(owner) {}
    Wait(const Wait&) = delete;
    ~Wait() { unlink(); }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      node.handle = h;
      previous = list.head_.previous;
      next = &list.head_;
      previous->next = this;
      next->previous = this;
    }
    void await_resume() const noexcept {}
    WaitList& list;
    ReadyNode node;
  };

  struct TimedWait {
    TimedWait(WaitList& list, Time until) : inner(list), at(until) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      inner.await_suspend(h);
      timer.handle = h;
      inner.list.loop_.arm(timer, at);
    }
    bool await_resume() const noexcept { return inner.previous == nullptr; }
    Wait inner;
    Time at;
    TimerNode timer;
  };

 private:
  Loop& loop_;
  Link head_;
};

inline WaitList::Wait WaitList::wait() { return Wait(*this); }

inline WaitList::TimedWait WaitList::wait_until(Time at) { return TimedWait(*this, at); }

inline void WaitList::notify_one() {
  if (empty()) return;
  Wait* first = static_cast<Wait*>(head_.next);
  first->unlink();
  loop_.make_ready(first->node);
}

inline void WaitList::notify_all() {
  while (!empty()) notify_one();
}

// A flag that tasks can wait for; stays set until reset().
class Event {
 public:
  explicit Event(Loop& loop) : waiters_(loop) {}
  bool is_set() const { return set_; }
  void set() {
    set_ = true;
    waiters_.notify_all();
  }
  void reset() { set_ = false; }

  struct Wait {
    Event& event;
    WaitList::Wait inner;
    bool await_ready() const noexcept { return event.set_; }
    void await_suspend(std::coroutine_handle<> h) { inner.await_suspend(h); }
    void await_resume() const noexcept {}
  };
  Wait wait() { return Wait{*this, WaitList::Wait(waiters_)}; }

 private:
  bool set_ = false;
  WaitList waiters_;
};

}  // namespace aloft::io
