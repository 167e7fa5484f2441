// Configuration files: what upstream accepts and refuses, secrets, routes.
#include "telemetry/alerts/manager/config.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "io/file.h"
#include "telemetry/alerts/manager/matcher_syntax.h"

namespace aloft::telemetry::alerts {
namespace {

std::string error_of(std::string_view text) {
  const auto config = parse_manager_config(text);
  return config ? "" : config.error().message();
}

TEST(ManagerConfig, upstream_examples_load_or_are_refused_with_the_field) {
  const std::string folder = ALOFT_SHARED_DIR "/observability/alertmanager-configs";
  const auto names = io::list_directory(folder);
  if (!names || names->empty()) GTEST_SKIP() << folder << " is absent";
  const std::map<std::string, std::string> bad = {
      {"conf.mattermost-both-webhook-url-and-file.yml",
       "mattermost_webhook_url & mattermost_webhook_url_file"},
      {"conf.mattermost-no-webhook-url.yml", "missing webhook_url or webhook_url_file"},
      {"conf.nil-match_re-route.yml", "invalid regexp value for \"invalid_label\""},
      {"conf.nil-source_match_re-inhibition.yml", "invalid regexp value for \"invalid_source_label\""},
      {"conf.nil-target_match_re-inhibition.yml", "invalid regexp value for \"invalid_target_label\""},
      {"conf.opsgenie-both-file-and-apikey.yml", "opsgenie_api_key & opsgenie_api_key_file"},
      {"conf.opsgenie-default-apikey-old-team.yml", "field teams not found"},
      {"conf.opsgenie-no-apikey.yml", "no global OpsGenie API Key set"},
      {"conf.rocketchat-both-token-and-tokenfile.yml", "rocketchat_token & rocketchat_token_file"},
      {"conf.rocketchat-both-tokenid-and-tokenidfile.yml", "rocketchat_token_id & rocketchat_token_id_file"},
      {"conf.rocketchat-no-token.yml", "no global Rocketchat Token set"},
      {"conf.slack-both-file-and-token.yml", "slack_app_token & slack_app_token_file"},
      {"conf.slack-both-file-and-url.yml", "slack_api_url & slack_api_url_file"},
      {"conf.slack-both-url-and-token.yml", "slack_app_token/slack_app_token_file"},
      {"conf.slack-no-api-url-or-token.yml", "no Slack API URL nor App token set"},
      {"conf.slack-update-message-and-webhook.yml", "update_message can only be used with bot tokens"},
      {"conf.smtp-both-password-and-file.yml", "smtp_auth_password & smtp_auth_password_file"},
      {"conf.sns-invalid.yml", "must provide either a Target ARN, Topic ARN, or Phone Number"},
      {"conf.telegram-both-bot-token-and-file.yml", "telegram_bot_token & telegram_bot_token_file"},
      {"conf.telegram-valid-receiver-both-bot-token-and-file.yml",
       "telegram_bot_token & telegram_bot_token_file"},
      {"conf.telegram-no-bot-token.yml", "missing bot_token or bot_token_file"},
      {"conf.victorops-both-file-and-apikey.yml", "victorops_api_key & victorops_api_key_file"},
      {"conf.victorops-no-apikey.yml", "no global VictorOps API Key set"},
      {"conf.wechat-both-file-and-secret.yml", "wechat_api_secret & wechat_api_secret_file"},
      {"conf.wechat-no-api-secret.yml", "no global Wechat Api Secret set"},
      {"conf.mattermost-valid-receiver-both-webhook-url-and-file.yml",
       "mattermost_webhook_url & mattermost_webhook_url_file"},
  };
  for (const std::string& name : *names) {
    const auto config = load_manager_config(folder + "/" + name);
    const auto expected = bad.find(name);
    if (expected == bad.end()) {
      EXPECT_TRUE(config) << name << ": " << config.error().message();
    } else {
      ASSERT_FALSE(config) << name;
      EXPECT_NE(config.error().message().find(expected->second), std::string::npos)
          << config.error().message();
    }
  }
}

TEST(ManagerConfig, secrets_are_hidden_in_what_is_shown) {
  const auto config = parse_manager_config(R"(
global:
  smtp_auth_password: hunter2
  smtp_smarthost: 'mail:25'
  smtp_from: a@b
  slack_api_url: 'https://hooks.slack.com/s3cret'
route: {receiver: r}
receivers:
- name: r
  webhook_configs:
  - {url: 'http://example.com/s3cret', http_config: {basic_auth: {username: u, password: s3cret}}}
  pagerduty_configs: [{routing_key: s3cret}]
  slack_configs: [{http_config: {http_headers: {X-Key: {secrets: [s3cret]}}}}]
)");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->masked.find("s3cret"), std::string::npos) << config->masked;
  EXPECT_EQ(config->masked.find("hunter2"), std::string::npos);
  EXPECT_NE(config->masked.find("<secret>"), std::string::npos);
  EXPECT_TRUE(parse_manager_config(config->masked)) << config->masked;
}

TEST(ManagerConfig, mistakes_name_line_and_field) {
  EXPECT_NE(error_of("route: {receiver: r, colour: red}\nreceivers: [{name: r}]\n")
                .find("line 1: field colour not found"),
            std::string::npos);
  EXPECT_NE(
      error_of("route:\n  receiver: r\n  group_wait: 5 minutes\nreceivers: [{name: r}]").find("line 3: "),
      std::string::npos);
  EXPECT_EQ(error_of("receivers: [{name: r}]"), "no routes provided");
  EXPECT_EQ(error_of("route: {receiver: x}\nreceivers: [{name: r}]"),
            "undefined receiver \"x\" used in route");
  EXPECT_EQ(error_of("route: {receiver: r, matchers: ['a=b']}\nreceivers: [{name: r}]"),
            "root route must not have any matchers");
  EXPECT_NE(error_of("route: {receiver: r, group_interval: 0s}\nreceivers: [{name: r}]")
                .find("group_interval cannot be zero"),
            std::string::npos);
  EXPECT_NE(error_of("route: {receiver: r, group_by: ['...', a]}\nreceivers: [{name: r}]")
                .find("wildcard group_by"),
            std::string::npos);
  EXPECT_NE(error_of("route: {receiver: r}\nreceivers: [{name: r},{name: r}]").find("is not unique"),
            std::string::npos);
  EXPECT_NE(error_of("route: [1").find("yaml: line"), std::string::npos);
}

std::string shown(std::string_view text) {
  const auto parsed = parse_matchers(text);
  return parsed ? matchers_text(*parsed) : "! " + parsed.error().message();
}

TEST(MatcherSyntax, both_syntaxes_are_read) {
  EXPECT_EQ(shown("{foo=\"bar\", dings != bums, }"), "{foo=\"bar\",dings!=\"bums\"}");
  EXPECT_EQ(shown("foo=~a.*|b,bar!~\"x\\\"y\""), "{foo=~\"a.*|b\",bar!~\"x\\\"y\"}");
  EXPECT_EQ(shown("\"foo bar\"=\"\xC3\xA9\""), "{\"foo bar\"=\"\xC3\xA9\"}");
  EXPECT_EQ(shown("{}"), "{}");
  EXPECT_EQ(shown("foo="), "{foo=\"\"}");
  EXPECT_EQ(shown("foo=a=b"), "{foo=\"a=b\"}");
  EXPECT_EQ(shown("foo=\\d"), "{foo=\"\\\\d\"}");
  // The classic syntax is lenient about a single brace.
  EXPECT_EQ(shown("{foo=bar"), "{foo=\"bar\"}");
  for (const char* wrong : {"foo", "=a", "foo=\"a", "foo=~\"(\"", "{a=b,,}", "1a=b\"c"}) {
    EXPECT_EQ(shown(wrong).substr(0, 1), "!") << wrong << " " << shown(wrong);
  }
  EXPECT_FALSE(parse_matcher("{a=b}"));
  EXPECT_TRUE(parse_matcher("a=b"));
}

TEST(TimeIntervals, ranges_days_and_zones_are_respected) {
  const auto read = [](std::string_view text) {
    Mistakes mistakes;
    const auto nodes = parse_yaml_nodes(text);
    TimeInterval interval = read_time_interval(nodes->front(), mistakes);
    EXPECT_TRUE(mistakes.empty()) << mistakes.to_error().message();
    return interval;
  };
  const auto at = [](std::string_view text) { return *parse_time(text); };
  const auto office =
      read("{times: [{start_time: '09:00', end_time: '17:00'}], weekdays: ['monday:friday']}");
  EXPECT_TRUE(office.contains(at("2024-01-01T09:00:00Z")));
  EXPECT_FALSE(office.contains(at("2024-01-01T17:00:00Z")));
  EXPECT_FALSE(office.contains(at("2024-01-06T12:00:00Z")));
  const auto last_days = read("{days_of_month: ['-2:-1'], months: ['february', '12'], years: ['2024']}");
  EXPECT_TRUE(last_days.contains(at("2024-02-29T00:00:00Z")));
  EXPECT_FALSE(last_days.contains(at("2024-02-27T00:00:00Z")));
  EXPECT_FALSE(last_days.contains(at("2023-12-31T00:00:00Z")));
  if (!std::filesystem::exists("/usr/share/zoneinfo/Europe/Berlin")) GTEST_SKIP() << "no zone files";
  const auto berlin = read("{times: [{start_time: '00:00', end_time: '01:00'}], location: Europe/Berlin}");
  EXPECT_TRUE(berlin.contains(at("2024-06-30T22:30:00Z")));
  EXPECT_TRUE(berlin.contains(at("2024-12-31T23:30:00Z")));
  EXPECT_FALSE(berlin.contains(at("2024-12-31T22:30:00Z")));
  EXPECT_TRUE(berlin.contains(at("2050-06-30T22:30:00Z")));
}

TEST(TimeIntervals, mistakes_name_the_value) {
  for (const char* text : {"{times: [{start_time: '25:00', end_time: '26:00'}]}",
                           "{times: [{start_time: '10:00', end_time: '09:00'}]}", "{weekdays: [someday]}",
                           "{months: ['13']}", "{days_of_month: ['0']}", "{location: Mars/Base}"}) {
    Mistakes mistakes;
    const auto nodes = parse_yaml_nodes(text);
    read_time_interval(nodes->front(), mistakes);
    EXPECT_FALSE(mistakes.empty()) << text;
  }
}

TEST(ManagerConfig, paths_are_relative_to_the_file) {
  const std::string folder = testing::TempDir() + "/manager_config_paths";
  ASSERT_TRUE(io::make_directories(folder, 0750));
  ASSERT_TRUE(io::write_file(folder + "/am.yml", R"(
global: {http_config: {basic_auth: {username: u, password_file: secret}, tls_config: {ca_file: /abs}}}
route: {receiver: r}
receivers: [{name: r, webhook_configs: [{url_file: hook}]}]
)"));
  const auto config = load_manager_config(folder + "/am.yml");
  ASSERT_TRUE(config) << config.error().message();
  const Section& hook = config->receivers[0].integrations[0].section;
  EXPECT_EQ(hook.text("url_file"), folder + "/hook");
  const Section* client = hook.section("http_config");
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->section("basic_auth")->text("password_file"), folder + "/secret");
  EXPECT_EQ(client->section("tls_config")->text("ca_file"), "/abs");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace aloft::telemetry::alerts
