// Series as test files write them.
#include "telemetry/promql/series_notation.h"

#include <gtest/gtest.h>

#include "telemetry/core/metric_batch.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

// The values as text, or the error.
std::string values(std::string_view text) {
  const auto series = parse_series_description(text);
  if (!series) return series.error().message();
  std::string out;
  for (const SequenceValue& value : series->values) {
    if (!out.empty()) out += ' ';
    if (value.omitted)
      out += '_';
    else if (value.histogram)
      out += test_expression(*value.histogram);
    else
      out += is_stale(value.value) ? "stale" : format_g(value.value);
  }
  return out;
}

TEST(SeriesNotation, sequences_are_spelled_out) {
  EXPECT_EQ(values("a 1 2.5 -3"), "1 2.5 -3");
  EXPECT_EQ(values("a 1+2x3"), "1 3 5 7");
  EXPECT_EQ(values("a 10-2x2"), "10 8 6");
  EXPECT_EQ(values("a 5x2"), "5 5 5");
  EXPECT_EQ(values("a _x2 _ stale stalex1"), "_ _ _ stale stale stale");
  EXPECT_EQ(values("a 1e-3 1e3+1e2x1 NaN -Inf +Inf"), "0.001 1000 1100 NaN -Inf +Inf");
  EXPECT_EQ(values("a 0x2"), "0 0 0");
  EXPECT_EQ(values("a"), "");
}

TEST(SeriesNotation, histograms_may_grow) {
  EXPECT_EQ(values("a {{schema:1 count:3 sum:4 buckets:[1 2]}}"), "{{schema:1 count:3 sum:4 buckets:[1 2]}}");
  EXPECT_EQ(values("a {{count:1 buckets:[1]}}+{{count:2 buckets:[1 1]}}x1"),
            "{{count:1 buckets:[1]}} {{count:3 buckets:[2 1]}}");
  EXPECT_EQ(values("a {{}}x1"), "{{}} {{}}");
  EXPECT_EQ(values("a {{n_offset:2 n_buckets:[1 0 2] counter_reset_hint:gauge}}"),
            "{{counter_reset_hint:gauge n_offset:2 n_buckets:[1 0 2]}}");
  EXPECT_TRUE(parse_series_description("a {{counter_reset_hint:unknown}}")->values[0].reset_hint_given);
}

TEST(SeriesNotation, metrics_have_labels) {
  EXPECT_EQ(parse_series_description("up{job='a', \"x.y\"=\"}\"} 1")->labels,
            (Labels{{"__name__", "up"}, {"job", "a"}, {"x.y", "}"}}));
  EXPECT_EQ(*parse_metric("{\"my.name\", a=\"b\"}"), (Labels{{"__name__", "my.name"}, {"a", "b"}}));
  EXPECT_EQ(*parse_metric("{}"), Labels());
}

TEST(SeriesNotation, errors_say_where_and_what) {
  EXPECT_EQ(values("a 1 foo"),
            "1:5: parse error: unexpected \"f\" in series values, expected number or \"stale\"");
  EXPECT_EQ(values("a 1+2"), "1:6: parse error: unexpected end of input in series values");
  EXPECT_EQ(values("a{b} 1"), "1:4: parse error: unexpected \"}\" in label set, expected \"=\"");
  EXPECT_EQ(values("a {{schemas:1}}"), "1:13: parse error: bad histogram descriptor found: \"schemas\"");
  EXPECT_EQ(values("a 1x99999999999"), "1:16: parse error: too many values in a series");
  EXPECT_EQ(values("a {{schema:99}}"), "1:3: parse error: histogram schema 99 is none of -4..8 and -53");
}

TEST(Text, durations_are_read_and_printed_as_prometheus_does) {
  EXPECT_EQ(*parse_millis("1y2w3d4h5m6s7ms"), ((((365LL + 14 + 3) * 24 + 4) * 60 + 5) * 60 + 6) * 1000 + 7);
  EXPECT_EQ(*parse_millis("0"), 0);
  EXPECT_EQ(parse_millis("").error().message(), "empty duration string");
  EXPECT_EQ(parse_millis("5").error().message(), "not a valid duration string: \"5\"");
  EXPECT_EQ(parse_millis("5m1h").error().message(), "not a valid duration string: \"5m1h\"");
  EXPECT_EQ(parse_millis("1x").error().message(), "unknown unit \"x\" in duration \"1x\"");
  EXPECT_EQ(parse_millis("300y").error().message(), "duration out of range");
  EXPECT_EQ(format_millis(0), "0s");
  EXPECT_EQ(format_millis(90'000), "1m30s");
  EXPECT_EQ(format_millis(7LL * 86'400'000), "1w");
  EXPECT_EQ(format_millis(8LL * 86'400'000), "8d");
  EXPECT_EQ(format_millis(-1500), "-1s500ms");
}

TEST(Text, strings_are_quoted_and_unquoted_as_go_does) {
  EXPECT_EQ(quote("a\"b\\\n\x01\xff é"), "\"a\\\"b\\\\\\n\\x01\\xff é\"");
  std::string text;
  EXPECT_TRUE(unquote(R"("a\tb\x41\u00e9\101")", text));
  EXPECT_EQ(text,
            "a\tbA\xc3\xa9"
            "A");
  EXPECT_TRUE(unquote("`a\\n`", text));
  EXPECT_EQ(text, "a\\n");
  EXPECT_FALSE(unquote("\"a", text));
  EXPECT_FALSE(unquote("\"\\q\"", text));
}

TEST(Text, numbers_are_printed_as_go_prints_them) {
  EXPECT_EQ(format_g(100000), "100000");
  EXPECT_EQ(format_g(1000000), "1e+06");
  EXPECT_EQ(format_g(0.0001), "0.0001");
  EXPECT_EQ(format_g(0.00001), "1e-05");
  EXPECT_EQ(format_open_metrics(1), "1.0");
  EXPECT_EQ(format_open_metrics(0.99), "0.99");
  EXPECT_EQ(format_open_metrics(1e30), "1e+30");
  EXPECT_EQ(format_fixed(1.5, 6), "1.500000");
}

}  // namespace
}  // namespace aloft::telemetry::promql
