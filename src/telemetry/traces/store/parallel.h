// Work on several threads of the pool, waited for on this one.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>

#include "io/pool.h"

namespace aloft::telemetry::traces {

// Calls f(0) ... f(count - 1), each once, on this thread and at most `helpers` of the pool, and returns when
// all have ended. It never waits for a helper that has not begun, so it may itself run on the pool.
template <class F>
void for_each_parallel(io::Pool& pool, std::size_t count, std::size_t helpers, F f) {
  struct Shared {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> ended{0};
    std::size_t count = 0;
  };
  const auto shared = std::make_shared<Shared>();
  shared->count = count;
  // A late helper finds no number left and never touches `f`, which has gone by then.
  const auto work = [shared, call = &f] {
    for (;;) {
      const std::size_t i = shared->next.fetch_add(1);
      if (i >= shared->count) return;
      (*call)(i);
      shared->ended.fetch_add(1);
      shared->ended.notify_all();
    }
  };
  const std::size_t wanted = count > 0 ? std::min(helpers, count - 1) : 0;
  for (std::size_t i = 0; i < wanted; ++i) pool.submit(work);
  work();
  for (std::size_t ended = shared->ended.load(); ended < count; ended = shared->ended.load()) {
    shared->ended.wait(ended);
  }
}

}  // namespace aloft::telemetry::traces
