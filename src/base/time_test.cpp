// Times, durations and ages as users and other programs read and write them.
#include "base/time.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft {
namespace {

constexpr std::int64_t max_nanos = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t min_nanos = std::numeric_limits<std::int64_t>::min();

WallTime at(std::int64_t seconds, std::int64_t nanos = 0) {
  return {Duration(seconds * 1'000'000'000 + nanos)};
}

TEST(Time, civil_time_is_written_with_the_decimals_of_its_form) {
  const WallTime time = at(1'767'323'045, 6'007);
  EXPECT_EQ(format_seconds(time), "2026-01-02T03:04:05Z");
  EXPECT_EQ(format_micros(time), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(format_nanos(time), "2026-01-02T03:04:05.000006007Z");
}

TEST(Time, known_days_have_their_dates) {
  EXPECT_EQ(format_seconds(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_seconds(at(951'782'400)), "2000-02-29T00:00:00Z");
  EXPECT_EQ(format_seconds(at(4'107'542'400)), "2100-03-01T00:00:00Z");
  EXPECT_EQ(format_seconds(at(-1'221'681'866)), "1931-04-16T03:55:34Z");
  EXPECT_EQ(format_seconds(at(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_nanos(at(0, -1)), "1969-12-31T23:59:59.999999999Z");
}

TEST(Time, every_rfc_3339_form_is_read) {
  const std::pair<const char*, WallTime> table[] = {
      {"1970-01-01T00:00:00Z", at(0)},
      {"2026-01-02T03:04:05Z", at(1'767'323'045)},
      {"2026-01-02T03:04:05.5Z", at(1'767'323'045, 500'000'000)},
      {"2026-01-02T03:04:05.000000001Z", at(1'767'323'045, 1)},
      {"2026-01-02T03:04:05.0000000019Z", at(1'767'323'045, 1)},
      {"2026-01-02T05:34:05+02:30", at(1'767'323'045)},
      {"2026-01-01T19:04:05-08:00", at(1'767'323'045)},
      {"2024-02-29T23:59:59Z", at(1'709'251'199)},
  };
  for (const auto& [text, time] : table) {
    const Result<WallTime> parsed = parse_time(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().to_string();
    EXPECT_EQ(parsed->since_epoch.count(), time.since_epoch.count()) << text;
  }
}

TEST(Time, what_is_no_rfc_3339_time_is_refused_with_its_text) {
  const char* table[] = {
      "",
      "now",
      "2026-01-02",
      "2026-01-02T03:04:05",
      "2026-01-02 03:04:05Z",
      "2026-1-2T03:04:05Z",
      "2026-01-02T03:04:05.Z",
      "2026-01-02T24:00:00Z",
      "2026-01-02T03:60:00Z",
      "2026-01-02T03:04:60Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-01-02T03:04:05+2:00",
      "2026-01-02T03:04:05+24:00",
      "2026-01-02T03:04:05+02:60",
      "2026-01-02T03:04:05z",
      "2026-01-02T03:04:05Z ",
      "+026-01-02T03:04:05Z",
      "9999-12-31T23:59:59Z",
      "0001-01-01T00:00:00Z",
  };
  for (const char* text : table) {
    const Result<WallTime> parsed = parse_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), Code::invalid);
    EXPECT_NE(parsed.error().message().find(fmt::format("\"{}\"", text)), std::string::npos);
  }
}

TEST(Time, any_time_that_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([](std::int64_t nanos) {
    // One second from the edges on, where the whole seconds are representable too.
    nanos = std::clamp(nanos, min_nanos + 2'000'000'000, max_nanos - 2'000'000'000);
    const WallTime time{Duration(nanos)};
    const Result<WallTime> parsed = parse_time(format_nanos(time));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->since_epoch.count() == nanos);
  }));
}

TEST(Time, the_order_of_times_is_the_order_of_their_texts) {
  EXPECT_TRUE(rc::check([](std::int32_t a, std::int32_t b) {
    RC_ASSERT((at(a) < at(b)) == (format_seconds(at(a)) < format_seconds(at(b))));
  }));
}

TEST(Time, the_machine_knows_that_the_year_is_past_2020) {
  EXPECT_GT(SystemClock().wall(), parse_time("2020-01-01T00:00:00Z").value());
}

TEST(Duration, durations_are_written_as_go_writes_them) {
  const std::pair<std::int64_t, const char*> table[] = {
      {0, "0s"},
      {1, "1ns"},
      {1'100, "1.1\xc2\xb5s"},
      {2'200'000, "2.2ms"},
      {500'000'000, "500ms"},
      {3'300'000'000, "3.3s"},
      {90'000'000'000, "1m30s"},
      {245'001'000'000, "4m5.001s"},
      {3'600'000'000'000, "1h0m0s"},
      {18'367'001'000'000, "5h6m7.001s"},
      {480'000'000'001, "8m0.000000001s"},
      {-1'500'000'000, "-1.5s"},
      {max_nanos, "2562047h47m16.854775807s"},
      {min_nanos, "-2562047h47m16.854775808s"},
  };
  for (const auto& [nanos, text] : table) EXPECT_EQ(format_duration(Duration(nanos)), text);
}

TEST(Duration, durations_are_read_as_go_reads_them) {
  const std::pair<const char*, std::int64_t> table[] = {
      {"0", 0},
      {"-0", 0},
      {"5s", 5'000'000'000},
      {"+5s", 5'000'000'000},
      {"1478s", 1'478'000'000'000},
      {"-.5s", -500'000'000},
      {"5.s", 5'000'000'000},
      {"5.6s", 5'600'000'000},
      {"1.00400s", 1'004'000'000},
      {"300ms", 300'000'000},
      {"1h30m", 5'400'000'000'000},
      {"-1.5h", -5'400'000'000'000},
      {"12us", 12'000},
      {"12\xc2\xb5s", 12'000},
      {"12\xce\xbcs", 12'000},
      {"3m1s1m", 241'000'000'000},
      {"0.100000000000000000000h", 360'000'000'000},
      {"0.3333333333333333333h", 1'200'000'000'000},
      {"9223372036854775807ns", max_nanos},
      {"-9223372036854775808ns", min_nanos},
      {"-2562047h47m16.854775808s", min_nanos},
  };
  for (const auto& [text, nanos] : table) {
    const Result<Duration> parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().to_string();
    EXPECT_EQ(parsed->count(), nanos) << text;
  }
}

TEST(Duration, what_is_no_duration_is_refused_with_its_reason) {
  const std::pair<const char*, const char*> table[] = {
      {"", "invalid duration \"\""},
      {"3", "missing unit in duration \"3\""},
      {"-", "invalid duration \"-\""},
      {"s", "invalid duration \"s\""},
      {".", "invalid duration \".\""},
      {".s", "invalid duration \".s\""},
      {"1 s", "unknown unit \" s\" in duration \"1 s\""},
      {"3d", "unknown unit \"d\" in duration \"3d\""},
      {"1h-3m", "unknown unit \"h-\" in duration \"1h-3m\""},
      {"3000000h", "invalid duration \"3000000h\""},
      {"9223372036854775808ns", "invalid duration \"9223372036854775808ns\""},
      {"9223372036854775807ns1ns", "invalid duration \"9223372036854775807ns1ns\""},
      {"99999999999999999999s", "invalid duration \"99999999999999999999s\""},
  };
  for (const auto& [text, message] : table) {
    const Result<Duration> parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), Error(Code::invalid, message));
  }
}

TEST(Duration, any_duration_that_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([](std::int64_t nanos) {
    // Fractions of more than 15 digits pass through a double in Go too; stay where that is exact.
    nanos %= 1'000'000'000'000'000;
    const Result<Duration> parsed = parse_duration(format_duration(Duration(nanos)));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->count() == nanos);
  }));
}

TEST(Age, ages_read_as_kubectl_prints_them) {
  const std::pair<Duration, const char*> table[] = {
      {-2s, "<invalid>"},
      {-1999ms, "0s"},
      {-1s, "0s"},
      {0s, "0s"},
      {999ms, "0s"},
      {5s, "5s"},
      {119s, "119s"},
      {2min, "2m"},
      {2min + 1s, "2m1s"},
      {9min + 59s, "9m59s"},
      {10min + 30s, "10m"},
      {179min + 59s, "179m"},
      {3h, "3h"},
      {3h + 1min + 59s, "3h1m"},
      {7h + 59min, "7h59m"},
      {8h + 59min, "8h"},
      {47h + 59min, "47h"},
      {48h, "2d"},
      {49h, "2d1h"},
      {7 * 24h + 23h, "7d23h"},
      {8 * 24h + 23h, "8d"},
      {(2 * 365 - 1) * 24h + 23h, "729d"},
      {2 * 365 * 24h, "2y"},
      {(2 * 365 + 1) * 24h, "2y1d"},
      {(8 * 365 - 1) * 24h, "7y364d"},
      {8 * 365 * 24h, "8y"},
      {(20 * 365 + 100) * 24h, "20y"},
  };
  for (const auto& [age, text] : table) EXPECT_EQ(format_age(age), text);
}

}  // namespace
}  // namespace aloft
