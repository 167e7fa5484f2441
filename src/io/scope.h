// Background work has an owner. A Scope holds the tasks that somebody started and did not await; destroying
// it cancels them all, finish() waits for them. It is the last member of its class, so tasks may use every
// member before it. Nothing in Aloft runs detached.
#pragma once

#include <list>

#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::io {

// Lives on one loop.
class Scope {
 public:
  explicit Scope(Loop& loop) : loop_(loop), idle_(loop) { idle_.set(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { cancel(); }

  // Starts the task now, on the caller's stack, until it first waits.
  void spawn(Task<> task);
  // Drops every task where it waits. A task must not cancel or destroy the scope that it runs in.
  void cancel();
  // Resumes when no task is left; tasks spawned meanwhile are waited for too.
  Task<> finish();
  std::size_t size() const { return running_.size(); }
  Loop& loop() const { return loop_; }

 private:
  using Tasks = std::list<Task<>>;
  Task<> supervise(Task<> task, Tasks::iterator self);

  Loop& loop_;
  Tasks running_;
  // Ended supervisors; a frame cannot destroy itself while it runs, so the next call into the scope does it.
  Tasks ended_;
  Event idle_;
};

}  // namespace aloft::io
