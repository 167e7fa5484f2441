// The process must stop, and say why, at a broken invariant.
#include "base/ensure.h"

#include <gtest/gtest.h>

namespace aloft {
namespace {

TEST(Ensure, a_broken_invariant_ends_the_process_and_says_which) {
  ensure(true, "fine");
  EXPECT_DEATH(ensure(false, "two and two are five"),
               "broken invariant: two and two are five .*ensure_test.cpp");
}

}  // namespace
}  // namespace aloft
