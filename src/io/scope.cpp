// How a scope starts, drops and waits for its tasks.
#include "io/scope.h"

namespace aloft::io {

void Scope::spawn(Task<> task) {
  ended_.clear();
  const auto self = running_.emplace(running_.end());
  idle_.reset();
  *self = supervise(std::move(task), self);
  self->start();
}

Task<> Scope::supervise(Task<> task, Tasks::iterator self) {
  {
    // What the work holds goes away as soon as it ends.
    Task<> work = std::move(task);
    co_await std::move(work);
  }
  ended_.splice(ended_.end(), running_, self);
  if (running_.empty()) idle_.set();
}

void Scope::cancel() {
  // One after another, since destroying a task may spawn or end others.
  while (!running_.empty()) {
    Tasks doomed;
    doomed.splice(doomed.end(), running_, running_.begin());
  }
  ended_.clear();
  idle_.set();
}

Task<> Scope::finish() {
  while (!running_.empty()) co_await idle_.wait();
}

}  // namespace aloft::io
