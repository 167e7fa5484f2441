// Errors keep their meaning and gather their context on the way to the user.
#include "base/result.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace aloft {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::invalid, fmt::format("{}: must be even", n));
  return n / 2;
}

Result<int> quarter(int n) {
  TRY(h, half(n));
  TRY(q, half(h));
  return q;
}

TEST(Result, try_unwraps_or_returns_the_error) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message(), "3: must be even");
}

TEST(Result, an_error_gathers_context_on_its_way_out) {
  Error error(Code::not_found, "no such file");
  error.at("open").at("config");
  EXPECT_EQ(error.to_string(), "[NotFound] config: open: no such file");
}

TEST(Result, every_code_has_a_status_and_a_reason) {
  for (int i = 0; i <= static_cast<int>(Code::cancelled); ++i) {
    EXPECT_GE(http_status(static_cast<Code>(i)), 400);
    EXPECT_FALSE(reason(static_cast<Code>(i)).empty());
  }
  EXPECT_EQ(http_status(Code::expired), 410);
  EXPECT_EQ(reason(Code::timeout), "Timeout");
}

TEST(Result, a_system_error_keeps_its_meaning) {
  EXPECT_EQ(system_error("open /x", ENOENT), Error(Code::not_found, "open /x: No such file or directory"));
}

}  // namespace
}  // namespace aloft
