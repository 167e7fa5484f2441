// Tasks, timers and order on a loop, with the clock that jumps.
#include "io/loop.h"

#include <gtest/gtest.h>

#include "io/epoll_loop.h"
#include "io/event.h"
#include "io/scope.h"
#include "io/sim_loop.h"
#include "io/timeout.h"

namespace aloft::io {
namespace {

// Tells when it is destroyed.
struct Witness {
  explicit Witness(int& c) : count(c) {}
  Witness(const Witness&) = delete;
  ~Witness() { ++count; }
  int& count;
};

Task<int> ready(int value) { co_return value; }

TEST(Task, a_million_tasks_that_never_wait_use_no_stack) {
  SimLoop loop;
  const auto sum = [](int turns) -> Task<std::int64_t> {
    std::int64_t total = 0;
    for (int i = 0; i < turns; ++i) total += co_await ready(i);
    co_return total;
  };
  EXPECT_EQ(loop.run_until_done(sum(1'000'000)), 499'999'500'000);
}

TEST(Task, a_million_yields_use_no_stack) {
  SimLoop loop;
  const auto spin = [&](int turns) -> Task<int> {
    int done = 0;
    for (; done < turns; ++done) co_await loop.yield();
    co_return done;
  };
  EXPECT_EQ(loop.run_until_done(spin(1'000'000)), 1'000'000);
}

TEST(Task, is_lazy) {
  bool ran = false;
  const auto note = [&]() -> Task<> {
    ran = true;
    co_return;
  };
  Task<> task = note();
  EXPECT_FALSE(ran);
  task.start();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(task.done());
}

TEST(Task, dropping_it_destroys_everything_down_to_where_it_waits) {
  SimLoop loop;
  int destroyed = 0;
  const auto inner = [&]() -> Task<> {
    const Witness witness(destroyed);
    co_await loop.sleep(1h);
  };
  const auto outer = [&]() -> Task<> {
    const Witness witness(destroyed);
    co_await inner();
  };
  {
    Task<> task = outer();
    task.start();
    loop.run_for(1min);
    EXPECT_EQ(destroyed, 0);
  }
  EXPECT_EQ(destroyed, 2);
  loop.run();
  EXPECT_EQ(loop.now().since_origin, 1min) << "the timer of the dropped task is still armed";
}

TEST(Task, one_that_is_ready_but_has_not_run_yet_may_be_dropped) {
  SimLoop loop;
  Event event(loop);
  bool ran = false;
  const auto wait = [&]() -> Task<> {
    co_await event.wait();
    ran = true;
  };
  Task<> task = wait();
  task.start();
  event.set();
  task = Task<>();
  loop.settle();
  EXPECT_FALSE(ran);
}

TEST(SimLoop, timers_fire_at_their_instant_in_order_of_time_and_of_arming) {
  SimLoop loop;
  std::vector<std::pair<Duration, int>> seen;
  const auto after = [&](Duration delay, int name) -> Task<> {
    co_await loop.sleep(delay);
    seen.emplace_back(loop.now().since_origin, name);
  };
  Scope scope(loop);
  scope.spawn(after(3s, 1));
  scope.spawn(after(1s, 2));
  scope.spawn(after(3s, 3));
  scope.spawn(after(2s, 4));
  scope.spawn(after(0s, 5));
  loop.run();
  const std::vector<std::pair<Duration, int>> expected = {{0s, 5}, {1s, 2}, {2s, 4}, {3s, 1}, {3s, 3}};
  EXPECT_EQ(seen, expected);
}

TEST(SimLoop, many_timers_fire_in_order_whichever_are_dropped) {
  SimLoop loop;
  std::vector<int> seen;
  const auto after = [&](int delay) -> Task<> {
    co_await loop.sleep(std::chrono::milliseconds(delay));
    seen.push_back(delay);
  };
  std::vector<Task<>> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back(after(i * 7919 % 1009));
    tasks.back().start();
  }
  for (std::size_t i = 0; i < tasks.size(); i += 3) tasks[i] = Task<>();
  loop.run();
  EXPECT_EQ(seen.size(), 666u);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(SimLoop, an_hour_of_back_off_takes_no_time_and_is_exact) {
  SimLoop loop;
  std::vector<Duration> tries;
  const auto retry = [&]() -> Task<> {
    Duration delay = 1s;
    while (loop.now().since_origin < 1h) {
      tries.push_back(loop.now().since_origin);
      co_await loop.sleep(delay);
      delay = std::min<Duration>(delay * 2, 20min);
    }
  };
  loop.run_until_done(retry());
  ASSERT_EQ(tries.size(), 13u);
  EXPECT_EQ(tries[4], 15s);
  EXPECT_EQ(tries.back(), 2047s + 1200s);
}

TEST(Loop, posts_run_in_order_after_what_is_ready) {
  SimLoop loop;
  std::string order;
  const auto task = [&]() -> Task<> {
    co_await loop.yield();
    order += 'r';
  };
  Scope scope(loop);
  loop.post([&] { order += 'a'; });
  loop.post([&] { order += 'b'; });
  scope.spawn(task());
  loop.settle();
  EXPECT_EQ(order, "rab");
}

TEST(WaitList, wakes_in_order_of_arrival_and_forgets_who_was_dropped) {
  SimLoop loop;
  WaitList list(loop);
  std::string order;
  const auto wait = [&](char name) -> Task<> {
    co_await list.wait();
    order += name;
  };
  std::vector<Task<>> tasks;
  for (const char name : {'a', 'b', 'c', 'd'}) {
    tasks.push_back(wait(name));
    tasks.back().start();
  }
  tasks[1] = Task<>();
  list.notify_one();
  loop.settle();
  EXPECT_EQ(order, "a");
  list.notify_all();
  loop.settle();
  EXPECT_EQ(order, "acd");
  EXPECT_TRUE(list.empty());
}

TEST(WaitList, a_wait_ends_at_its_time_when_nobody_notifies) {
  SimLoop loop;
  WaitList list(loop);
  const auto wait = [&](Duration limit) -> Task<bool> {
    co_return co_await list.wait_until(loop.now() + limit);
  };
  EXPECT_FALSE(loop.run_until_done(wait(3s)));
  EXPECT_EQ(loop.now().since_origin, 3s);
  EXPECT_TRUE(list.empty());
  Task<bool> notified = wait(3s);
  notified.start();
  list.notify_one();
  loop.settle();
  ASSERT_TRUE(notified.done());
  EXPECT_TRUE(notified.result());
}

TEST(Within, gives_the_value_or_drops_the_task_at_the_limit) {
  SimLoop loop;
  int destroyed = 0;
  const auto work = [&](Duration duration) -> Task<int> {
    const Witness witness(destroyed);
    co_await loop.sleep(duration);
    co_return 7;
  };
  EXPECT_EQ(loop.run_until_done(within(loop, 5s, work(4s))), 7);
  EXPECT_EQ(loop.run_until_done(within(loop, 5s, ready(8))), 8);
  EXPECT_EQ(loop.run_until_done(within(loop, 5s, work(6s))), std::nullopt);
  EXPECT_EQ(destroyed, 2);
  EXPECT_EQ(loop.now().since_origin, 9s);
}

TEST(Scope, finish_waits_for_all_and_cancel_drops_all) {
  SimLoop loop;
  int destroyed = 0;
  int finished = 0;
  const auto work = [&](Duration duration) -> Task<> {
    const Witness witness(destroyed);
    co_await loop.sleep(duration);
    ++finished;
  };
  Scope scope(loop);
  scope.spawn(work(1s));
  scope.spawn(work(2s));
  loop.run_until_done(scope.finish());
  EXPECT_EQ(finished, 2);
  EXPECT_EQ(loop.now().since_origin, 2s);
  scope.spawn(work(1h));
  EXPECT_EQ(scope.size(), 1u);
  scope.cancel();
  EXPECT_EQ(scope.size(), 0u);
  EXPECT_EQ(finished, 2);
  EXPECT_EQ(destroyed, 3);
}

TEST(EpollLoop, runs_timers_and_posts_from_other_threads) {
  EpollLoop loop;
  std::vector<int> order;
  const auto work = [&]() -> Task<> {
    co_await loop.sleep(2ms);
    order.push_back(2);
  };
  Scope scope(loop);
  scope.spawn(work());
  loop.post([&] { order.push_back(1); });
  loop.run_until_done(scope.finish());
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace aloft::io
