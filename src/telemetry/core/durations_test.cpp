// Durations and numbers as the Prometheus world spells them.
#include "telemetry/core/durations.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::telemetry {
namespace {

TEST(PrometheusDuration, is_read_in_all_units) {
  EXPECT_EQ(parse_prometheus_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_prometheus_duration("1d").value(), 24h);
  EXPECT_EQ(parse_prometheus_duration("2w1d").value(), 15 * 24h);
  EXPECT_EQ(parse_prometheus_duration("1y").value(), 365 * 24h);
  EXPECT_EQ(parse_prometheus_duration("100ms").value(), 100ms);
  EXPECT_EQ(parse_prometheus_duration("0").value(), 0s);
}

TEST(PrometheusDuration, anything_else_is_refused) {
  for (const char* text : {"", "1", "-1s", "1s1m", "1m1m", "1.5h", "1x", "s", "1s ", "99999999999y", "+1s"}) {
    EXPECT_FALSE(parse_prometheus_duration(text)) << text;
  }
}

TEST(PrometheusDuration, is_written_short) {
  EXPECT_EQ(format_prometheus_duration(90min), "1h30m");
  EXPECT_EQ(format_prometheus_duration(0s), "0s");
  EXPECT_EQ(format_prometheus_duration(8 * 24h), "8d");
  EXPECT_EQ(format_prometheus_duration(14 * 24h), "2w");
  EXPECT_EQ(format_prometheus_duration(1500ms), "1s500ms");
}

TEST(PrometheusDuration, what_is_written_is_read_back) {
  EXPECT_TRUE(rc::check([] {
    const Duration duration(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000) * 1'000'000);
    RC_ASSERT(parse_prometheus_duration(format_prometheus_duration(duration)).value() == duration);
  }));
}

TEST(Floats, are_written_without_exponent) {
  EXPECT_EQ(format_float(1e21), "1000000000000000000000");
  EXPECT_EQ(format_float(-12345678901234567890.0), "-12345678901234567000");
  EXPECT_EQ(format_float(9007199254740993.0), "9007199254740992");
  EXPECT_EQ(format_float(1.5e300), "15" + std::string(299, '0'));
  EXPECT_EQ(format_float(1e-7), "0.0000001");
  EXPECT_EQ(format_float(-0.0), "-0");
  EXPECT_EQ(format_float(0.1), "0.1");
  EXPECT_EQ(format_float(std::nan("")), "NaN");
  EXPECT_EQ(format_float(-INFINITY), "-Inf");
  EXPECT_EQ(format_float(5e-324).size(), 326u);
}

TEST(Floats, are_read_as_people_write_them) {
  const auto read = [](std::string_view text) {
    double value = 0;
    EXPECT_TRUE(parse_float(text, value)) << text;
    return value;
  };
  EXPECT_EQ(read("1e3"), 1000);
  EXPECT_EQ(read("+.5"), 0.5);
  EXPECT_EQ(read("-0x1F"), -31);
  EXPECT_EQ(read("-Inf"), -INFINITY);
  EXPECT_EQ(read("1e999"), INFINITY);
  EXPECT_EQ(read("1e-999"), 0);
  EXPECT_TRUE(std::isnan(read("nan")));
  double value = 0;
  for (const char* text : {"", "-", "1_0", "0x", "1e", "e1", "1 ", "--1", "infinit"})
    EXPECT_FALSE(parse_float(text, value)) << text;
}

TEST(Floats, what_is_written_is_read_back) {
  EXPECT_TRUE(rc::check([](std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    RC_PRE(!std::isnan(value));
    double back = 0;
    RC_ASSERT(parse_float(format_float(value), back));
    RC_ASSERT(std::bit_cast<std::uint64_t>(back) == bits);
  }));
}

}  // namespace
}  // namespace aloft::telemetry
