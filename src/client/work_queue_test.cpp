// The queue's promises at exact instants of a simulated clock.
#include "client/work_queue.h"

#include <gtest/gtest.h>

#include "io/sim_loop.h"

namespace aloft::client {
namespace {

using Calls = std::vector<std::pair<std::int64_t, std::string>>;  // milliseconds, key

class WorkQueueTest : public testing::Test {
 protected:
  std::int64_t now_ms() const { return loop_.now().since_origin / 1ms; }
  // Takes keys as they come; each takes `work` to do and fails `failures` times.
  io::Task<> worker(Duration work, int failures) {
    for (;;) {
      const auto key = co_await queue_.next();
      if (!key) co_return;
      calls_.emplace_back(now_ms(), *key);
      if (work > Duration::zero()) co_await loop_.sleep(work);
      if (queue_.failures(*key) < failures) {
        queue_.add_rate_limited(*key);
      } else {
        queue_.forget(*key);
      }
      queue_.done(*key);
    }
  }

  io::SimLoop loop_;
  WorkQueue queue_{loop_};
  Calls calls_;
  io::Scope scope_{loop_};
};

TEST_F(WorkQueueTest, a_key_that_waits_already_is_not_queued_twice) {
  queue_.add("a");
  queue_.add("b");
  queue_.add("a");
  scope_.spawn(worker(0ms, 0));
  loop_.run();
  EXPECT_EQ(calls_, (Calls{{0, "a"}, {0, "b"}}));
}

TEST_F(WorkQueueTest, a_key_is_never_worked_on_twice_at_once_but_comes_again) {
  scope_.spawn(worker(10ms, 0));
  scope_.spawn(worker(10ms, 0));
  queue_.add("a");
  loop_.run_for(5ms);
  queue_.add("a");
  queue_.add("a");
  queue_.add("b");
  loop_.run();
  EXPECT_EQ(calls_, (Calls{{0, "a"}, {5, "b"}, {10, "a"}}));
}

TEST_F(WorkQueueTest, a_failed_key_comes_back_after_a_growing_delay) {
  scope_.spawn(worker(0ms, 4));
  queue_.add("a");
  loop_.run();
  EXPECT_EQ(calls_, (Calls{{0, "a"}, {5, "a"}, {15, "a"}, {35, "a"}, {75, "a"}}));
  EXPECT_EQ(queue_.failures("a"), 0);
}

TEST_F(WorkQueueTest, the_delay_stops_growing_at_its_limit) {
  for (int i = 0; i < 30; ++i) queue_.add_rate_limited("a");
  queue_.forget("b");
  loop_.run();
  queue_.add_rate_limited("a");
  const Time before = loop_.now();
  scope_.spawn(worker(0ms, 0));
  loop_.run();
  EXPECT_EQ(loop_.now() - before, 1000s);
}

TEST_F(WorkQueueTest, each_key_has_its_own_delay) {
  scope_.spawn(worker(0ms, 2));
  queue_.add("a");
  loop_.run_for(1ms);
  queue_.add("b");
  loop_.run();
  EXPECT_EQ(calls_, (Calls{{0, "a"}, {1, "b"}, {5, "a"}, {6, "b"}, {15, "a"}, {16, "b"}}));
}

TEST_F(WorkQueueTest, of_several_delays_the_earliest_counts) {
  scope_.spawn(worker(0ms, 0));
  queue_.add_after("a", 20ms);
  queue_.add_after("a", 10ms);
  queue_.add_after("a", 30ms);
  queue_.add_after("b", 15ms);
  queue_.add_after("now", 0ms);
  loop_.run();
  EXPECT_EQ(calls_, (Calls{{0, "now"}, {10, "a"}, {15, "b"}}));
}

TEST_F(WorkQueueTest, a_closed_queue_ends_its_workers) {
  scope_.spawn(worker(0ms, 0));
  queue_.add_after("a", 10ms);
  loop_.settle();
  queue_.close();
  queue_.add("b");
  loop_.run();
  EXPECT_EQ(calls_, Calls());
  EXPECT_EQ(scope_.size(), 0u);
}

}  // namespace
}  // namespace aloft::client
