// How simulated time moves: only when nothing else can happen.
#include "io/sim_loop.h"

namespace aloft::io {

SimLoop::~SimLoop() = default;

void SimLoop::post(std::move_only_function<void()> f) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(f));
}

bool SimLoop::run_posted() {
  std::deque<std::move_only_function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(posted_);
  }
  for (auto& f : batch) f();
  return !batch.empty();
}

void SimLoop::settle() {
  bool any = true;
  while (any) {
    any = run_ready();
    any = run_posted() || any;
    any = run_timers(now_) || any;
  }
}

bool SimLoop::step() {
  bool any = run_ready();
  any = run_posted() || any;
  any = run_timers(now_) || any;
  if (any) return true;
  if (!has_timer()) return false;
  now_ = std::max(now_, next_timer());
  return true;
}

void SimLoop::run() {
  while (step()) {
  }
}

void SimLoop::run_for(Duration duration) {
  const Time end = now_ + duration;
  settle();
  while (has_timer() && next_timer() <= end) {
    now_ = std::max(now_, next_timer());
    settle();
  }
  now_ = end;
}

}  // namespace aloft::io
