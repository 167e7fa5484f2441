// Queues between tasks, snapshots between loops, and calls to pools and other loops.
#include "io/channel.h"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "io/cross.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "io/sim_loop.h"
#include "io/snapshot.h"

namespace aloft::io {
namespace {

TEST(Channel, a_writer_waits_while_it_is_full) {
  SimLoop loop;
  Channel<int> channel(loop, 2);
  int pushed = 0;
  const auto produce = [&]() -> Task<> {
    for (int i = 0; i < 5; ++i) {
      if (!co_await channel.push(i)) co_return;
      ++pushed;
    }
  };
  Scope scope(loop);
  scope.spawn(produce());
  loop.settle();
  EXPECT_EQ(pushed, 2);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(loop.run_until_done(channel.pop()), i);
  loop.settle();
  EXPECT_EQ(pushed, 5);
}

TEST(Channel, with_a_coalescer_a_stalled_reader_holds_a_bounded_number_of_elements) {
  SimLoop loop;
  Channel<std::string> channel(loop, 2, [](std::string& newest, std::string&& added) { newest += added; });
  for (const char* text : {"a", "b", "c", "d"}) EXPECT_TRUE(channel.try_push(text));
  EXPECT_EQ(channel.size(), 2u);
  EXPECT_EQ(channel.try_pop(), "a");
  EXPECT_EQ(channel.try_pop(), "bcd");
}

TEST(Channel, what_was_sent_before_closing_is_still_received) {
  SimLoop loop;
  Channel<int> channel(loop, 4);
  EXPECT_TRUE(channel.try_push(1));
  channel.close();
  EXPECT_FALSE(channel.try_push(2));
  EXPECT_EQ(loop.run_until_done(channel.pop()), 1);
  EXPECT_EQ(loop.run_until_done(channel.pop()), std::nullopt);
}

TEST(Channel, closing_frees_a_writer_and_a_reader_that_wait) {
  SimLoop loop;
  Channel<int> full(loop, 1);
  Channel<int> empty(loop, 1);
  ASSERT_TRUE(full.try_push(1));
  bool pushed = true;
  std::optional<int> popped = 1;
  const auto write = [&]() -> Task<> { pushed = co_await full.push(2); };
  const auto read = [&]() -> Task<> { popped = co_await empty.pop(); };
  Scope scope(loop);
  scope.spawn(write());
  scope.spawn(read());
  full.close();
  empty.close();
  loop.run_until_done(scope.finish());
  EXPECT_FALSE(pushed);
  EXPECT_EQ(popped, std::nullopt);
}

TEST(Snapshot, a_reader_keeps_its_version_until_it_asks_again) {
  Snapshot<int> snapshot(std::make_shared<const int>(1));
  Snapshot<int>::Reader reader(snapshot);
  const auto held = reader.share();
  snapshot.publish(std::make_shared<const int>(2));
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(reader.get(), 2);
  EXPECT_EQ(*snapshot.read(), 2);
}

TEST(Pool, brings_results_back_to_the_loop_of_the_caller) {
  EpollLoop loop;
  Pool pool(2);
  const auto home = std::this_thread::get_id();
  const auto work = [&]() -> Task<bool> {
    auto elsewhere = [home] { return std::this_thread::get_id() != home; };
    const bool other_thread = co_await pool.run(loop, elsewhere);
    co_return other_thread&& std::this_thread::get_id() == home;
  };
  EXPECT_TRUE(loop.run_until_done(work()));
}

TEST(Pool, a_caller_may_go_away_while_the_function_runs) {
  EpollLoop loop;
  std::promise<void> started;
  std::promise<void> go_on;
  std::atomic<bool> ended = false;
  {
    Pool pool(1);
    auto slow = [&] {
      started.set_value();
      go_on.get_future().wait();
      ended = true;
    };
    {
      Task<> task = pool.run(loop, slow);
      task.start();
      started.get_future().wait();
    }
    go_on.set_value();
  }
  EXPECT_TRUE(ended);
}

// A loop that runs on a thread of its own until destroyed.
class RunningLoop {
 public:
  RunningLoop() : thread_([this] { loop.run(); }) {}
  ~RunningLoop() {
    loop.stop();
    thread_.join();
  }
  EpollLoop loop;

 private:
  std::thread thread_;
};

TEST(RunOn, runs_a_task_on_another_loop_and_brings_its_value_back) {
  EpollLoop here;
  RunningLoop there;
  const auto home = std::this_thread::get_id();
  const auto call = [&]() -> Task<bool> {
    auto remote = [&]() -> Task<bool> {
      co_await there.loop.sleep(1ms);
      co_return std::this_thread::get_id() != home;
    };
    const bool elsewhere = co_await run_on<bool>(here, there.loop, remote);
    co_return elsewhere&& std::this_thread::get_id() == home;
  };
  EXPECT_TRUE(here.run_until_done(call()));
}

TEST(RunOn, dropping_the_caller_drops_the_task_on_the_other_loop) {
  EpollLoop here;
  RunningLoop there;
  struct Fulfil {
    std::promise<void>& promise;
    ~Fulfil() { promise.set_value(); }
  };
  std::promise<void> started;
  std::promise<void> dropped;
  const auto remote = [&]() -> Task<> {
    const Fulfil at_end{dropped};
    started.set_value();
    co_await there.loop.sleep(1h);
  };
  {
    Task<> task = run_on<void>(here, there.loop, remote);
    task.start();
    started.get_future().wait();
  }
  EXPECT_EQ(dropped.get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace aloft::io
