// Names as Prometheus gives them to what OpenTelemetry sends.
#include "telemetry/otlp/translate/naming.h"

#include <gtest/gtest.h>

namespace aloft::telemetry::otlp {
namespace {

constexpr auto with_suffixes = NameStrategy::underscores_with_suffixes;

TEST(MetricName, unit_and_type_become_suffixes) {
  EXPECT_EQ(metric_name("http.server.duration", "ms", NameKind::other, with_suffixes),
            "http_server_duration_milliseconds");
  EXPECT_EQ(metric_name("system.io", "By", NameKind::counter, with_suffixes), "system_io_bytes_total");
  EXPECT_EQ(metric_name("network.rate", "By/s", NameKind::gauge, with_suffixes),
            "network_rate_bytes_per_second");
  EXPECT_EQ(metric_name("cpu.use", "1", NameKind::gauge, with_suffixes), "cpu_use_ratio");
  EXPECT_EQ(metric_name("requests", "1", NameKind::counter, with_suffixes), "requests_total");
  EXPECT_EQ(metric_name("speed", "m/m", NameKind::gauge, with_suffixes), "speed_meters_per_minute");
  EXPECT_EQ(metric_name("temperature", "Cel", NameKind::gauge, with_suffixes), "temperature_celsius");
}

TEST(MetricName, what_stands_in_the_name_already_is_not_added) {
  EXPECT_EQ(metric_name("duration.seconds", "s", NameKind::other, with_suffixes), "duration_seconds");
  EXPECT_EQ(metric_name("requests_total", "", NameKind::counter, with_suffixes), "requests_total");
  EXPECT_EQ(metric_name("total.requests", "", NameKind::counter, with_suffixes), "requests_total");
}

TEST(MetricName, annotations_in_braces_are_no_unit) {
  EXPECT_EQ(metric_name("packets", "{packets}", NameKind::counter, with_suffixes), "packets_total");
  EXPECT_EQ(metric_name("packets", "{packets}/s", NameKind::gauge, with_suffixes), "packets_per_second");
}

TEST(MetricName, strange_names_still_give_a_name_that_can_stand) {
  EXPECT_EQ(metric_name("1st.metric", "", NameKind::gauge, with_suffixes), "_1st_metric");
  EXPECT_EQ(metric_name("a__b..c", "", NameKind::gauge, with_suffixes), "a_b_c");
  EXPECT_EQ(metric_name("a__b..c", "s", NameKind::gauge, NameStrategy::underscores), "a__b_c");
  EXPECT_EQ(metric_name("...", "", NameKind::gauge, with_suffixes), "");
  EXPECT_EQ(metric_name("", "s", NameKind::gauge, with_suffixes), "");
}

TEST(MetricName, utf8_names_keep_their_dots) {
  EXPECT_EQ(metric_name("http.duration", "s", NameKind::counter, NameStrategy::utf8_with_suffixes),
            "http.duration_seconds_total");
  EXPECT_EQ(metric_name("http.duration", "s", NameKind::counter, NameStrategy::none), "http.duration");
}

TEST(LabelName, what_cannot_stand_becomes_an_underscore) {
  EXPECT_EQ(label_name("http.method", with_suffixes), "http_method");
  EXPECT_EQ(label_name("1st", with_suffixes), "key_1st");
  EXPECT_EQ(label_name("_private", with_suffixes), "key_private");
  EXPECT_EQ(label_name("__reserved__", with_suffixes), "__reserved__");
  EXPECT_EQ(label_name("größe", with_suffixes), "gr__e");
  EXPECT_EQ(label_name("größe", NameStrategy::none), "größe");
  EXPECT_EQ(label_name("..", with_suffixes), "");
}

TEST(UnitName, is_the_word_that_prometheus_uses) {
  EXPECT_EQ(unit_name("By/s"), "bytes_per_second");
  EXPECT_EQ(unit_name("1"), "");
  EXPECT_EQ(unit_name("{requests}"), "");
  EXPECT_EQ(unit_name("foo bar"), "foo_bar");
}

}  // namespace
}  // namespace aloft::telemetry::otlp
