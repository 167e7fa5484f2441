// Times as upstream writes them, and counts that may be shares.
#include "model/scalars.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::model {
namespace {

std::string seconds_text(const Timestamp& time) {
  std::string out;
  append_time_seconds(out, time);
  return out;
}

TEST(Timestamp, any_offset_is_read_and_utc_is_written) {
  EXPECT_EQ(seconds_text(*parse_timestamp("2026-01-02T03:04:05+02:30")), "2026-01-02T00:34:05Z");
  EXPECT_EQ(seconds_text(*parse_timestamp("2024-02-29T23:59:59.999Z")), "2024-02-29T23:59:59Z");
  EXPECT_EQ(seconds_text(*parse_timestamp("9999-12-31T23:59:59Z")), "9999-12-31T23:59:59Z");
  std::string micros;
  append_time_micros(micros, *parse_timestamp("1969-12-31T23:59:59.000002Z"));
  EXPECT_EQ(micros, "1969-12-31T23:59:59.000002Z");
}

TEST(Timestamp, gos_zero_time_reads_as_unset) {
  EXPECT_FALSE(parse_timestamp("0001-01-01T00:00:00Z")->is_set());
}

TEST(Timestamp, what_is_no_time_is_refused) {
  for (const char* text : {"", "2026", "2026-01-02", "2026-01-02 03:04:05Z", "2026-13-01T00:00:00Z",
                           "2026-02-30T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05",
                           "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05.Z", "20260-01-02T03:04:05Z"}) {
    EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
  }
  EXPECT_EQ(parse_timestamp("2026-02-30T00:00:00Z").error().message(),
            "parsing time \"2026-02-30T00:00:00Z\": day out of range");
}

TEST(Timestamp, every_second_reads_back_as_it_was_written) {
  EXPECT_TRUE(rc::check([] {
    Timestamp time;
    time.seconds = *rc::gen::inRange<std::int64_t>(-62'135'596'799, 253'402'300'800);
    RC_ASSERT(*parse_timestamp(seconds_text(time)) == time);
  }));
}

TEST(IntOrString, a_percentage_is_a_share_and_a_number_is_itself) {
  using enum IntOrString::Rounding;
  EXPECT_EQ(IntOrString("25%").scaled(10, up), 3);
  EXPECT_EQ(IntOrString("25%").scaled(10, down), 2);
  EXPECT_EQ(IntOrString(7).scaled(10, down), 7);
  EXPECT_FALSE(IntOrString("25").scaled(10, up).has_value());
  EXPECT_FALSE(IntOrString("x%").scaled(10, up).has_value());
  EXPECT_EQ(IntOrString("http").to_string(), "http");
  EXPECT_EQ(IntOrString(80).to_string(), "80");
}

TEST(Box, a_copy_is_a_value_of_its_own) {
  Box<std::string> first("a");
  Box<std::string> second = first;
  *second = "b";
  EXPECT_EQ(*first, "a");
  second.reset();
  EXPECT_FALSE(first == second);
}

}  // namespace
}  // namespace aloft::model
