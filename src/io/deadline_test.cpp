#include "io/deadline.h"

#include <gtest/gtest.h>

#include "io/sim_loop.h"

namespace aloft::io {
namespace {

Task<int> answer_after(Loop& loop, Duration delay) {
  co_await loop.sleep(delay);
  co_return 42;
}

TEST(Deadline, gives_the_value_of_a_task_that_is_done_in_time) {
  SimLoop loop;
  EXPECT_EQ(loop.run_until_done(until(loop, loop.now() + 2s, answer_after(loop, 1s))), 42);
  EXPECT_EQ(loop.now().since_origin, 1s);
}

TEST(Deadline, drops_a_task_that_is_not) {
  SimLoop loop;
  EXPECT_EQ(loop.run_until_done(until(loop, loop.now() + 2s, answer_after(loop, 1h))), std::nullopt);
  EXPECT_EQ(loop.now().since_origin, 2s);
  loop.run();
  EXPECT_EQ(loop.now().since_origin, 2s) << "nothing of the dropped task is left";
}

}  // namespace
}  // namespace aloft::io
