// The deadlines of one connection. Setting one costs a comparison as long as it is not earlier than the timer
// that is armed already, so a busy connection touches the loop's timers once per timeout and not once per
// request.
#pragma once

#include <array>

#include "io/loop.h"
#include "io/task.h"

namespace aloft::http::detail {

// Lives on the connection's loop.
class Watchdog {
 public:
  enum Slot { reading, writing };

  explicit Watchdog(io::Loop& loop) : loop_(loop) {}

  void set(Slot slot, Duration from_now) {
    deadlines_[slot] = loop_.now() + from_now;
    if (waiting_ && (!timer_.armed() || deadlines_[slot] < armed_at_)) arm();
  }
  void clear(Slot slot) { deadlines_[slot] = never; }

  // Until a deadline has passed. One task waits.
  io::Task<> expired() {
    while (earliest() > loop_.now()) co_await Sleep(*this);
  }

 private:
  static constexpr Time never{Duration::max()};

  struct Sleep {
    explicit Sleep(Watchdog& dog) : dog_(dog) {}
    Sleep(const Sleep&) = delete;
    ~Sleep() {
      dog_.waiting_ = false;
      if (dog_.timer_.armed()) dog_.loop_.disarm(dog_.timer_);
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      dog_.timer_.handle = h;
      dog_.waiting_ = true;
      dog_.arm();
    }
    void await_resume() const noexcept {}
    Watchdog& dog_;
  };

  Time earliest() const { return std::min(deadlines_[reading], deadlines_[writing]); }
  void arm() {
    if (timer_.armed()) loop_.disarm(timer_);
    armed_at_ = earliest();
    if (armed_at_ != never) loop_.arm(timer_, armed_at_);
  }

  io::Loop& loop_;
  std::array<Time, 2> deadlines_ = {never, never};
  bool waiting_ = false;
  Time armed_at_ = never;
  io::TimerNode timer_;
};

}  // namespace aloft::http::detail
