// A loop on its own thread, from making to joining.
#include "io/loop_thread.h"

#include <gtest/gtest.h>

#include "io/cross.h"

namespace aloft::io {
namespace {

Task<int> answer() { co_return 42; }

TEST(LoopThread, runs_what_other_loops_ask_of_it) {
  EpollLoop here;
  LoopThread there("test-loop");
  std::move_only_function<Task<int>()> ask = [] { return answer(); };
  EXPECT_EQ(here.run_until_done(run_on<int>(here, there.loop(), std::move(ask))), 42);
}

}  // namespace
}  // namespace aloft::io
