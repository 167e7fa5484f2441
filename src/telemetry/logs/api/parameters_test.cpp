// Times and ranges as requests spell them, up to the ends of what a number holds.
#include "telemetry/logs/api/parameters.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::telemetry::logs {
namespace {

constexpr std::int64_t latest = (std::int64_t{1} << 62) - 1;

http::Query form(std::initializer_list<std::pair<std::string, std::string>> fields) {
  http::Query out;
  for (const auto& [name, value] : fields) out.add(name, value);
  return out;
}

TEST(QueryTimes, the_number_of_digits_tells_seconds_from_nanoseconds) {
  EXPECT_EQ(*parse_query_time("1700000000"), 1'700'000'000'000'000'000);
  EXPECT_EQ(*parse_query_time("17000000001"), 17'000'000'001);
  EXPECT_EQ(*parse_query_time("1700000000.25"), 1'700'000'000'250'000'000);
  EXPECT_EQ(*parse_query_time("2026-01-02T03:04:05Z"), 1'767'323'045'000'000'000);
  EXPECT_FALSE(parse_query_time("yesterday").has_value());
}

TEST(QueryTimes, what_lies_too_far_away_is_the_end_of_time) {
  EXPECT_EQ(*parse_query_time("9223372036854775807"), latest);
  EXPECT_EQ(*parse_query_time("-9223372036854775808"), -latest);
  EXPECT_EQ(*parse_query_time("8999999999.5"), latest);
  // Seconds stay whole.
  EXPECT_EQ(*parse_query_time("9999999999"), 4'611'686'018'000'000'000);
}

TEST(QueryTimes, any_range_has_a_length) {
  EXPECT_TRUE(rc::check([](std::int64_t start, std::int64_t end, std::int64_t now) {
    const auto range =
        time_range(form({{"start", std::to_string(start)}, {"end", std::to_string(end)}}), now);
    if (range) RC_ASSERT(range->end_ns - range->start_ns >= 0);
  }));
  const auto long_ago = time_range(form({{"end", "-9223372036854775808"}, {"since", "8999999999"}}), 0);
  ASSERT_TRUE(long_ago.has_value());
  EXPECT_EQ(long_ago->start_ns, -latest);
}

}  // namespace
}  // namespace aloft::telemetry::logs
