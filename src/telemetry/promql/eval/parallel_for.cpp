// Running the same work over many series at once.
#include "telemetry/promql/parallel_for.h"

#include <atomic>
#include <memory>

namespace aloft::telemetry::promql {
namespace {

// One run. Helpers that a busy pool starts late find it closed and leave.
struct Run {
  const std::function<void(std::size_t)>* body = nullptr;
  std::size_t count = 0;
  std::atomic<std::size_t> next{0};
  // Helpers inside, and `closed` when the caller has found all work taken.
  std::atomic<std::uint32_t> state{0};
  static constexpr std::uint32_t closed = 1U << 31;

  void work() {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) (*body)(i);
  }
  bool enter() {
    std::uint32_t now = state.load();
    while ((now & closed) == 0)
      if (state.compare_exchange_weak(now, now + 1)) return true;
    return false;
  }
  void leave() {
    state.fetch_sub(1);
    state.notify_all();
  }
  void close() {
    state.fetch_or(closed);
    for (std::uint32_t now = state.load(); now != closed; now = state.load()) state.wait(now);
  }
};

}  // namespace

void SerialFor::run(std::size_t count, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < count; ++i) body(i);
}

void PoolFor::run(std::size_t count, const std::function<void(std::size_t)>& body) {
  const std::size_t helpers = std::min(width_, count) - (count == 0 ? 0 : 1);
  if (count <= 1 || helpers == 0) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  auto run = std::make_shared<Run>();
  run->body = &body;
  run->count = count;
  for (std::size_t i = 0; i < helpers; ++i)
    pool_.submit([run] {
      if (!run->enter()) return;
      run->work();
      run->leave();
    });
  run->work();
  run->close();
}

}  // namespace aloft::telemetry::promql
