// Options of telemetry.
#include "app/telemetry/settings.h"

#include <gtest/gtest.h>

namespace aloft::app {
namespace {

Result<TelemetrySettings> settings(std::vector<std::string> words) {
  words.insert(words.begin(), "telemetry");
  const auto call = parse_command_line(words);
  EXPECT_TRUE(call) << call.error().message();
  return telemetry_settings(*call);
}

TEST(TelemetrySettings, sizes_have_units_of_1024) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("512MB"), 512u << 20);
  EXPECT_EQ(parse_size("1.5GiB"), 3u << 29);
  EXPECT_EQ(parse_size("7B"), 7u);
  EXPECT_FALSE(parse_size("MB"));
  EXPECT_FALSE(parse_size("5 parsecs"));
  EXPECT_FALSE(parse_size("-1"));
}

TEST(TelemetrySettings, rules_may_be_given_several_times) {
  const auto made = settings({"--rules", "a.yml", "--rules=b.yml", "--retention-time", "90d"});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->rule_files, (std::vector<std::string>{"a.yml", "b.yml"}));
  EXPECT_EQ(made->metrics_retention, 90 * 24h);
  EXPECT_TRUE(made->grpc_may_move);
  EXPECT_FALSE(settings({"--otlp-grpc", "127.0.0.1:1"})->grpc_may_move);
}

TEST(TelemetrySettings, a_cloud_takes_the_same_options) {
  const auto call = parse_command_line(std::vector<std::string>{
      "up", "--data-dir", "/d", "--rules=a.yml", "--alertmanager-config=am.yml", "--prometheus-config=p.yml",
      "--logs-retention-size=1GB", "--syslog-udp=127.0.0.1:514"});
  ASSERT_TRUE(call) << call.error().message();
  const auto made = telemetry_settings_in_cloud(*call);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->folder, "/d/telemetry");
  EXPECT_EQ(made->rule_files, std::vector<std::string>{"a.yml"});
  EXPECT_EQ(made->alertmanager_config, "am.yml");
  EXPECT_EQ(made->prometheus_config, "p.yml");
  EXPECT_EQ(made->logs_retention_bytes, 1u << 30);
  EXPECT_EQ(made->syslog_udp.port, 514);
  EXPECT_EQ(made->metrics_retention, 15 * 24h);
}

TEST(TelemetrySettings, features_are_lists) {
  EXPECT_TRUE(settings({})->features.empty());
  EXPECT_EQ(settings({"--enable-feature=created-timestamp-zero-ingestion"})->features.size(), 1u);
  EXPECT_EQ(settings({"--enable-feature", "created-timestamp-zero-ingestion,flying"}).error().message(),
            "--enable-feature flying: it is not known; created-timestamp-zero-ingestion is");
}

TEST(TelemetrySettings, mistakes_name_the_option) {
  EXPECT_EQ(settings({"--retention-size", "much"}).error().message(),
            "--retention-size \"much\": expected a size such as 512MB or 10GB");
  EXPECT_FALSE(settings({"--listen", "nowhere"}));
  EXPECT_FALSE(settings({"--retention-time", "5"}));
}

}  // namespace
}  // namespace aloft::app
