// What leaves for each receiver, byte for byte where it is an interface of others.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "io/sim_loop.h"
#include "model/json.h"
#include "telemetry/alerts/receivers/aws_signature.h"
#include "telemetry/alerts/receivers/kinds.h"
#include "telemetry/alerts/receivers/mail/smtp.h"

namespace aloft::telemetry::alerts {
namespace {

class FakeSender final : public HttpSender {
 public:
  io::Task<Result<HttpReply>> send(std::shared_ptr<const HttpCall> call) override {
    calls.push_back(*call);
    for (const auto& [start, body] : answers) {
      if ((call->method + " " + call->url).starts_with(start)) co_return HttpReply{200, {}, body};
    }
    co_return reply;
  }
  std::vector<HttpCall> calls;
  HttpReply reply{200, {}, "ok"};
  std::map<std::string, std::string> answers;  // by the start of "GET http://..."
};

class FakeMail final : public MailSender {
 public:
  io::Task<SmtpOutcome> send(std::shared_ptr<const SmtpSettings>, std::shared_ptr<const Mail> mail) override {
    mails.push_back(*mail);
    SmtpOutcome out;
    out.sent = true;
    co_return out;
  }
  std::vector<Mail> mails;
};

class ReceiversTest : public testing::Test {
 protected:
  // Sends the message through the one receiver of the configuration.
  Delivery send(const std::string& receiver) {
    auto config = parse_manager_config(
        "global: {smtp_smarthost: 'm:25', smtp_from: a@b.org, opsgenie_api_key: k, telegram_bot_token: t}\n"
        "route: {receiver: r}\nreceivers: [{name: r, " +
        receiver + "}]\n");
    EXPECT_TRUE(config) << config.error().message();
    auto templates = NotificationTemplates::make(
        {{"own.tmpl", R"({{ define "own" }}<{{ .GroupLabels.alertname }}>{{ end }})"}}, "http://am");
    EXPECT_TRUE(templates) << templates.error().message();
    ReceiverKit kit{loop_, Worker(loop_, nullptr), loop_, http_, mail_, *templates};
    const auto factory = make_notifier_factory(std::move(kit));
    auto notifier = factory(config->receivers[0], config->receivers[0].integrations[0]);
    EXPECT_TRUE(notifier);
    notifier_ = std::move(*notifier);
    return again();
  }
  Delivery again() { return loop_.run_until_done(notifier_->send(message_)); }
  // Sends, and compares the last call with a URL and a body, members in any order.
  void expect(const std::string& receiver, const std::string& url, std::string_view json) {
    const Delivery delivery = send(receiver);
    EXPECT_TRUE(delivery.delivered) << receiver << ": " << delivery.error;
    ASSERT_FALSE(http_->calls.empty()) << receiver;
    EXPECT_EQ(http_->calls.back().url, url);
    const auto wanted = model::parse_json(json);
    ASSERT_TRUE(wanted) << wanted.error().message();
    EXPECT_TRUE(body() == *wanted) << http_->calls.back().body;
  }
  void resolve() { message_->alerts.erase(message_->alerts.begin()); }
  model::Value body() const {
    auto parsed = model::parse_json(http_->calls.back().body);
    EXPECT_TRUE(parsed) << http_->calls.back().body;
    return parsed ? *parsed : model::Value();
  }
  static std::shared_ptr<Notification> make_message() {
    auto message = std::make_shared<Notification>();
    message->receiver = "r";
    message->group_key = "{}:{alertname=\"Down\"}";
    message->group_labels = {{"alertname", "Down"}};
    message->now = WallTime{1'700'000'100s};
    for (const char* instance : {"a", "b"}) {
      auto alert = std::make_shared<Alert>();
      alert->labels = {{"alertname", "Down"}, {"instance", instance}, {"job", "x<y"}};
      alert->annotations = {{"summary", "all \xC3\xA9"}};
      alert->starts_at = WallTime{1'700'000'000s};
      alert->ends_at = WallTime{instance[0] == 'a' ? 1'800'000'000s : 1'700'000'050s};
      alert->generator_url = "http://p/g";
      alert->fingerprint = fingerprint_of(alert->labels);
      message->alerts.push_back(std::move(alert));
    }
    return message;
  }

  io::SimLoop loop_{WallTime{1'700'000'100s}};
  std::shared_ptr<FakeSender> http_ = std::make_shared<FakeSender>();
  std::shared_ptr<FakeMail> mail_ = std::make_shared<FakeMail>();
  std::shared_ptr<Notification> message_ = make_message();
  std::unique_ptr<Notifier> notifier_;
};

const std::string key_hash = hashed_key("{}:{alertname=\"Down\"}");
// What the default templates say of the message.
constexpr std::string_view subject = "[FIRING:1] Down (x<y)";
constexpr std::string_view link = "http://am/#/alerts?receiver=r";

TEST_F(ReceiversTest, the_webhook_has_the_fields_of_version_4) {
  EXPECT_TRUE(
      send("webhook_configs: [{url: 'http://x/{{ .GroupLabels.alertname }}', max_alerts: 1}]").delivered);
  EXPECT_EQ(http_->calls[0].url, "http://x/Down");
  EXPECT_EQ(
      http_->calls[0].body,
      "{\"receiver\":\"r\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{"
      "\"alertname\":\"Down\",\"instance\":"
      "\"a\",\"job\":\"x\\u003cy\"},\"annotations\":{\"summary\":\"all "
      "\xC3\xA9\"},\"startsAt\":\"2023-11-14T22:13:20Z\",\"endsAt\":"
      "\"0001-01-01T00:00:00Z\",\"generatorURL\":\"http://p/g\",\"fingerprint\":\"" +
          fingerprint_text(message_->alerts[0]->fingerprint) +
          "\"}],\"notification_reason\":\"first "
          "notification\",\"groupLabels\":{\"alertname\":\"Down\"},\"commonLabels\":{\"alertname\":"
          "\"Down\",\"instance\":\"a\",\"job\":\"x\\u003cy\"},\"commonAnnotations\":{\"summary\":\"all "
          "\xC3\xA9\"},\"routeLabels\":{},"
          "\"externalURL\":\"http://"
          "am\",\"version\":\"4\",\"groupKey\":\"{}:{alertname=\\\"Down\\\"}\",\"truncatedAlerts\":1}\n");
}

TEST_F(ReceiversTest, a_payload_of_ones_own_replaces_the_webhooks) {
  EXPECT_TRUE(send("webhook_configs: [{url: 'http://x/', payload: {text: '{{ .Status }}', n: 3, list: ['{{ "
                   "len .Alerts }}'], all: '{{ .CommonLabels | toJson }}'}}]")
                  .delivered);
  // What a template writes is read as YAML.
  EXPECT_EQ(http_->calls[0].body,
            "{\"text\":\"firing\",\"n\":3,\"list\":[2],\"all\":{\"alertname\":\"Down\",\"job\":"
            "\"x\\u003cy\"}}\n");
}

TEST_F(ReceiversTest, what_a_status_means) {
  http_->reply.status = 503;
  EXPECT_TRUE(send("webhook_configs: [{url: 'http://x/'}]").retry);
  http_->reply.status = 404;
  EXPECT_FALSE(send("webhook_configs: [{url: 'http://x/'}]").retry);
  const Delivery broken = send("webhook_configs: [{url: 'http://x/{{ .Nope }}'}]");
  EXPECT_FALSE(broken.delivered || broken.retry);
  EXPECT_NE(broken.error.find("can't evaluate field Nope"), std::string::npos);
  http_->reply = {200, {{"Content-Type", "application/json"}}, R"({"ok":false,"error":"channel_not_found"})"};
  EXPECT_EQ(send("slack_configs: [{api_url: 'http://s/'}]").error,
            "error response from Slack: channel_not_found");
}

TEST_F(ReceiversTest, slack_gets_an_attachment) {
  EXPECT_TRUE(send("slack_configs: [{api_url: 'http://s/hook', channel: '#c', title: '{{ template \"own\" . "
                   "}}', fields: [{title: T, value: '{{ .Status }}'}],"
                   " actions: [{type: button, text: Go, url: 'http://go'}]}]")
                  .delivered);
  EXPECT_EQ(http_->calls[0].url, "http://s/hook");
  const model::Value sent = body();
  EXPECT_EQ(sent.text_at("channel"), "#c");
  const model::Value& attachment = sent.at("attachments")->as_array()[0];
  EXPECT_EQ(attachment.text_at("title"), "<Down>");
  EXPECT_EQ(attachment.text_at("fallback"), "[FIRING:1] Down (x<y) | http://am/#/alerts?receiver=r");
  EXPECT_EQ(attachment.text_at("color"), "danger");
  EXPECT_EQ(attachment.at("fields")->as_array()[0].text_at("value"), "firing");
  EXPECT_EQ(attachment.at("actions")->as_array()[0].text_at("url"), "http://go");
}

TEST_F(ReceiversTest, pagerduty_triggers_and_resolves_by_the_hash_of_the_group) {
  EXPECT_TRUE(send("pagerduty_configs: [{routing_key: k, severity: '{{ if true }}critical{{ end }}', "
                   "details: {a: b}}]")
                  .delivered);
  model::Value sent = body();
  EXPECT_EQ(sent.text_at("event_action"), "trigger");
  EXPECT_EQ(sent.text_at("dedup_key"), hashed_key(message_->group_key));
  EXPECT_EQ(sent.text_at("payload", "severity"), "critical");
  EXPECT_EQ(sent.text_at("payload", "summary"), "[FIRING:1] Down (x<y)");
  const model::Value& details = *sent.at("payload", "custom_details");
  EXPECT_TRUE(*details.at("num_resolved") == model::Value(1));
  EXPECT_EQ(details.at("firing")->as_array()[0].text_at("labels", "instance"), "a");
  EXPECT_EQ(details.text_at("a"), "b");
  resolve();
  EXPECT_TRUE(send("pagerduty_configs: [{routing_key: k}]").delivered);
  EXPECT_EQ(body().text_at("event_action"), "resolve");
}

TEST_F(ReceiversTest, slack_changes_what_it_said_when_asked_to) {
  const std::string url = "https://slack.com/api/chat.postMessage";
  http_->reply = {200, {{"Content-Type", "application/json"}}, R"({"ok":true,"ts":"1.2","channel":"C1"})"};
  const Delivery first = send("slack_configs: [{api_url: '" + url +
                              "', channel: '#c', update_message: true, http_config: {authorization: "
                              "{credentials: x}}}]");
  ASSERT_TRUE(first.delivered) << first.error;
  EXPECT_EQ(first.notes, (Notes{{"channelId", "C1"}, {"threadTs", "1.2"}}));
  message_->notes = first.notes;
  ASSERT_TRUE(again().delivered);
  EXPECT_EQ(http_->calls.back().url, "https://slack.com/api/chat.update");
  EXPECT_EQ(body().text_at("ts"), "1.2");
  EXPECT_EQ(body().text_at("channel"), "C1");
}

TEST_F(ReceiversTest, opsgenie_makes_updates_and_closes_alerts) {
  send(
      "opsgenie_configs: [{tags: 'a, b', update_alerts: true, details: {d: '{{ .Status }}'}, responders: "
      "[{name: 'x,y', type: teams}, {username: u, type: user}]}]");
  ASSERT_EQ(http_->calls.size(), 3U);
  EXPECT_EQ(http_->calls[0].url, "https://api.opsgenie.com/v2/alerts");
  EXPECT_EQ(http_->calls[0].headers.get("Authorization"), "GenieKey k");
  EXPECT_TRUE(*model::parse_json(http_->calls[0].body) ==
              *model::parse_json(fmt::format(
                  R"({{"alias":"{}","message":"{}","description":"all é\n{}","details":{{"alertname":"Down",)"
                  R"("d":"firing","job":"x<y"}},"source":"{}","tags":["a"," b"],"responders":[{{"name":"x",)"
                  R"("type":"team"}},{{"name":"y","type":"team"}},{{"username":"u","type":"user"}}]}})",
                  key_hash, subject,
                  "Alerts Firing:\\nLabels:\\n - alertname = Down\\n - instance = a\\n - job = x<y\\n"
                  "Annotations:\\n - summary = all é\\nSource: http://p/g\\n\\n"
                  "Alerts Resolved:\\nLabels:\\n - alertname = Down\\n - instance = b\\n - job = x<y\\n"
                  "Annotations:\\n - summary = all é\\nSource: http://p/g\\n",
                  link)))
      << http_->calls[0].body;
  EXPECT_EQ(http_->calls[1].method + http_->calls[1].url,
            "PUThttps://api.opsgenie.com/v2/alerts/" + key_hash + "/message?identifierType=alias");
  EXPECT_TRUE(http_->calls[2].url.ends_with("/description?identifierType=alias"));
  resolve();
  expect("opsgenie_configs: [{}]",
         "https://api.opsgenie.com/v2/alerts/" + key_hash + "/close?identifierType=alias",
         fmt::format(R"({{"source":"{}"}})", link));
}

TEST_F(ReceiversTest, victorops_knows_three_kinds_of_trouble) {
  const std::string url = "https://alert.victorops.com/integrations/generic/20131114/alert/k/r";
  send(
      "victorops_configs: [{api_key: k, routing_key: r, message_type: LOUD, custom_fields: {a: '{{ .Status "
      "}}'}}]");
  EXPECT_EQ(http_->calls.back().url, url);
  EXPECT_EQ(body().text_at("message_type"), "CRITICAL");
  EXPECT_EQ(body().text_at("entity_id"), key_hash);
  EXPECT_EQ(body().text_at("entity_display_name"), subject);
  EXPECT_EQ(body().text_at("monitoring_tool"), "Alertmanager");
  EXPECT_EQ(body().text_at("a"), "firing");
  EXPECT_TRUE(body().text_at("state_message").starts_with("all \xC3\xA9\nAlerts Firing:\nLabels:\n"));
  send("victorops_configs: [{api_key: k, routing_key: r, message_type: INFO}]");
  EXPECT_EQ(body().text_at("message_type"), "INFO");
  resolve();
  send("victorops_configs: [{api_key: k, routing_key: r}]");
  EXPECT_EQ(body().text_at("message_type"), "RECOVERY");
}

TEST_F(ReceiversTest, incidentio_gets_the_first_version_of_the_webhook) {
  send("incidentio_configs: [{url: 'http://d/', alert_source_token: t}]");
  EXPECT_EQ(http_->calls[0].headers.get("Authorization"), "Bearer t");
  EXPECT_EQ(body().text_at("version"), "1");
  EXPECT_EQ(body().at("alerts")->as_array().size(), 2U);
  auto large = std::make_shared<Alert>(*message_->alerts[1]);
  large->annotations["text"] = std::string(600 * 1024, 'x');
  message_->alerts[1] = large;
  EXPECT_TRUE(again().delivered);
  EXPECT_EQ(body().at("alerts")->as_array().size(), 1U);
  EXPECT_TRUE(*body().at("truncatedAlerts") == model::Value(0));
}

TEST_F(ReceiversTest, chats_get_messages_of_their_own_form) {
  expect("discord_configs: [{webhook_url: 'http://d/', username: u, title: t, message: m}]", "http://d/",
         R"({"content":"","embeds":[{"title":"t","description":"m","color":10038562}],"username":"u"})");
  expect("msteams_configs: [{webhook_url: 'http://d/', text: x}]", "http://d/",
         fmt::format(R"({{"@context":"http://schema.org/extensions","type":"MessageCard","title":"{0}",)"
                     R"("summary":"{0}","text":"x","themeColor":"8C1A1A"}})",
                     subject));
  expect("msteamsv2_configs: [{webhook_url: 'http://d/', title: t, text: x}]", "http://d/",
         R"({"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",)"
         R"("contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json",)"
         R"("type":"AdaptiveCard","version":"1.2","body":[{"type":"TextBlock","text":"t","weight":"Bolder",)"
         R"("size":"Medium","wrap":true,"style":"heading","color":"Attention"},{"type":"TextBlock",)"
         R"("text":"x","wrap":true}],"msteams":{"width":"full"}}}]})");
  expect("webex_configs: [{room_id: r, message: m, http_config: {authorization: {credentials: c}}}]",
         "https://webexapis.com/v1/messages", R"({"markdown":"m","roomId":"r"})");
  expect(
      "telegram_configs: [{chat_id: 5, message: '<b>{{ .CommonLabels.job }}</b>', message_thread_id: 7, "
      "disable_notifications: true}]",
      "https://api.telegram.org/bott/sendMessage",
      R"({"chat_id":"5","text":"<b>x&lt;y</b>","disable_web_page_preview":"true",)"
      R"("disable_notification":"true","parse_mode":"HTML","message_thread_id":"7"})");
  http_->reply = {200, {}, R"({"ok":false,"description":"chat not found"})"};
  EXPECT_EQ(again().error, "telegram: chat not found");
}

TEST_F(ReceiversTest, mattermost_and_rocketchat_take_attachments) {
  expect(
      "mattermost_configs: [{webhook_url: 'http://d/', channel: c, text: x, fields: [{title: T, value: "
      "V}], props: {card: p}, priority: {priority: Urgent, requested_ack: true}}]",
      "http://d/",
      fmt::format(R"({{"channel":"c","username":"Alertmanager","attachments":[{{"fallback":"{0} | {1}",)"
                  R"("color":"danger","text":"x","title":"{0}","title_link":"{1}","fields":[{{"title":"T",)"
                  R"("value":"V"}}]}}],"props":{{"card":"p"}},"priority":{{"priority":"urgent",)"
                  R"("requested_ack":true}}}})",
                  subject, link));
  expect(
      "mattermost_configs: [{webhook_url: 'http://d/', text: x, attachments: [{title: a}], priority: "
      "{priority: odd, requested_ack: true}}]",
      "http://d/",
      R"({"text":"x","username":"Alertmanager","attachments":[{"title":"a"}],)"
      R"("priority":{"priority":"standard"}})");
  http_->reply.body = R"({"success":true})";
  expect(
      "rocketchat_configs: [{token: t, token_id: i, channel: '#c', text: x, short_fields: true, fields: "
      "[{title: T, value: V}], actions: [{type: other, text: A, url: 'http://a', msg: m}]}]",
      "https://open.rocket.chat/api/v1/chat.postMessage",
      fmt::format(R"({{"channel":"#c","attachments":[{{"title":"{}","title_link":"{}","text":"x",)"
                  R"("color":"red","fields":[{{"title":"T","value":"V","short":true}}],"actions":[{{)"
                  R"("type":"button","text":"A","url":"http://a","is_webview":false,"msg":"m",)"
                  R"("msg_in_chat_window":false}}]}}]}})",
                  subject, link));
  EXPECT_EQ(http_->calls.back().headers.get("X-Auth-Token"), "t");
  EXPECT_EQ(http_->calls.back().headers.get("X-User-Id"), "i");
  http_->reply.body = R"({"success":false,"error":"no such room"})";
  EXPECT_EQ(again().error, "error response from Rocketchat: no such room");
}

TEST_F(ReceiversTest, pushover_gets_a_form) {
  send("pushover_configs: [{user_key: u, token: t, message: ' ', priority: '1', ttl: 90s}]");
  EXPECT_EQ(http_->calls[0].url, "https://api.pushover.net/1/messages.json");
  const std::string& form = http_->calls[0].body;
  for (const char* part : {"token=t&", "user=u&", "message=%28no%20details%29", "priority=1&", "retry=60&",
                           "expire=3600&", "ttl=90"})
    EXPECT_NE(form.find(part), std::string::npos) << form;
}

TEST_F(ReceiversTest, sns_is_signed_and_takes_roles) {
  const std::string keys = "sigv4: {region: r, access_key: a, secret_key: s";
  EXPECT_TRUE(send("sns_configs: [{topic_arn: 'arn:t', attributes: {k: v}, " + keys + "}}]").delivered);
  EXPECT_EQ(http_->calls[0].url, "https://sns.r.amazonaws.com");
  EXPECT_TRUE(http_->calls[0]
                  .headers.get("Authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=a/20231114/r/sns/aws4_request, "
                               "SignedHeaders=content-type;host;x-amz-date, Signature="));
  EXPECT_NE(http_->calls[0].body.find("MessageAttributes.entry.1.Name=k"), std::string::npos);
  http_->answers["POST https://sts.r.amazonaws.com/"] =
      "<Credentials><AccessKeyId>b</AccessKeyId><SecretAccessKey>c</SecretAccessKey>"
      "<SessionToken>d</SessionToken></Credentials>";
  EXPECT_TRUE(send("sns_configs: [{phone_number: '+1', " + keys + ", role_arn: 'arn:role', external_id: e}}]")
                  .delivered);
  EXPECT_NE(http_->calls[1].body.find("ExternalId=e"), std::string::npos);
  EXPECT_TRUE(http_->calls[2].headers.get("Authorization").starts_with("AWS4-HMAC-SHA256 Credential=b/"));
  EXPECT_EQ(http_->calls[2].headers.get("X-Amz-Security-Token"), "d");
  EXPECT_TRUE(again().delivered);
  EXPECT_EQ(http_->calls.size(), 4U) << "the role's keys are kept";
}

TEST(AwsSignature, keys_are_those_of_the_documentation) {
  EXPECT_EQ(
      hex_encode(aws_signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")),
      "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
  const AwsCredentials found = aws_profile(
      "[default]\naws_access_key_id = x\n# no\n[p q]\n aws_access_key_id=a\naws_secret_access_key = s=\n",
      "p q");
  EXPECT_EQ(found.access_key, "a");
  EXPECT_EQ(found.secret_key, "s=");
  EXPECT_EQ(found.session_token, "");
}

class JiraTest : public ReceiversTest {
 protected:
  static constexpr std::string_view config =
      "jira_configs: [{project: P, issue_type: Bug, api_url: 'http://j/rest/api/2/', labels: [team-a], "
      "summary: {template: s, enable_update: false}, description: d, resolve_transition: Close, "
      "reopen_transition: Reopen, reopen_duration: 1h, wont_fix_resolution: Never, fields: {custom_1: "
      "{value: "
      "'{{ .Status }}'}}}]";
  void known(const char* issues) {
    http_->answers["POST http://j/rest/api/2/search"] = fmt::format(R"({{"issues":[{}]}})", issues);
    http_->answers["GET http://j/rest/api/2/issue/P-1/transitions"] =
        R"({"transitions":[{"id":"11","name":"Close"},{"id":"12","name":"Reopen"}]})";
  }
  // "POST path, PUT path, ..." of the calls since the last time.
  std::string calls() {
    std::string out;
    for (const HttpCall& call : http_->calls) {
      EXPECT_EQ(call.headers.get("Content-Type"), "application/json");
      out += (out.empty() ? "" : ", ") + call.method + " " + call.url.substr(call.url.find("/2/") + 3);
    }
    return out;
  }
};

TEST_F(JiraTest, a_new_group_becomes_an_issue) {
  known("");
  const Delivery delivery = send(std::string(config));
  ASSERT_TRUE(delivery.delivered) << delivery.error;
  EXPECT_EQ(calls(), "POST search, POST issue");
  EXPECT_EQ(model::parse_json(http_->calls[0].body)->text_at("jql"),
            "(resolution is EMPTY or resolution != \"Never\") and (resolutiondate is EMPTY OR resolutiondate "
            ">= -60m) and project=\"P\" and labels=\"ALERT{" +
                key_hash + "}\" order by status ASC,resolutiondate DESC");
  EXPECT_TRUE(body() == *model::parse_json(fmt::format(
                            R"({{"fields":{{"summary":"s","description":"d","issuetype":{{"name":"Bug"}},)"
                            R"("labels":["ALERT{{{}}}","team-a"],"project":{{"key":"P"}},)"
                            R"("custom_1":{{"value":"firing"}}}}}})",
                            key_hash)))
      << http_->calls.back().body;
}

TEST_F(JiraTest, an_open_issue_is_updated_a_closed_one_reopened) {
  known(R"({"key":"P-1","fields":{"status":{"name":"x","statusCategory":{"key":"new"}}}})");
  EXPECT_TRUE(send(std::string(config)).delivered);
  EXPECT_EQ(calls(), "POST search, PUT issue/P-1");
  EXPECT_FALSE(body().at("fields")->if_object()->contains("summary"));
  EXPECT_EQ(body().text_at("fields", "description"), "d");
  http_->calls.clear();
  known(R"({"key":"P-1","fields":{"status":{"name":"x","statusCategory":{"key":"done"}}}})");
  EXPECT_TRUE(again().delivered);
  EXPECT_EQ(calls(), "POST search, PUT issue/P-1, GET issue/P-1/transitions, POST issue/P-1/transitions");
  EXPECT_EQ(body().text_at("transition", "id"), "12");
}

TEST_F(JiraTest, what_is_over_closes_its_issue_and_makes_none) {
  resolve();
  known("");
  EXPECT_TRUE(send(std::string(config)).delivered);
  EXPECT_EQ(calls(), "POST search");
  EXPECT_NE(http_->calls[0].body.find("statusCategory != Done and project"), std::string::npos);
  http_->calls.clear();
  known(R"({"key":"P-1","fields":{"status":{"name":"x","statusCategory":{"key":"new"}}}})");
  EXPECT_TRUE(again().delivered);
  EXPECT_EQ(body().text_at("transition", "id"), "11");
}

TEST_F(JiraTest, the_third_version_takes_documents_and_the_cloud_searches_elsewhere) {
  http_->answers["POST https://x.atlassian.net/rest/api/3/search/jql"] = R"({"issues":[]})";
  const std::string start =
      "jira_configs: [{project: P, issue_type: Bug, api_url: 'https://x.atlassian.net/rest/api/3', "
      "description: ";
  EXPECT_TRUE(send(start + R"('{"type":"doc"}'}])").delivered);
  EXPECT_EQ(body().text_at("fields", "description", "type"), "doc");
  EXPECT_EQ(send(start + "plain}]").error, "description template: invalid JSON for API v3");
  http_->answers.clear();
  http_->reply = {429, {}, "slower"};
  EXPECT_TRUE(send(start + "''}]").retry);
}

TEST_F(ReceiversTest, wechat_keeps_its_token_until_it_expires) {
  http_->answers["GET https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=id&corpsecret=s"] =
      R"({"errcode":0,"access_token":"tok"})";
  http_->reply.body = R"({"errcode":0,"errmsg":"ok"})";
  expect(
      "wechat_configs: [{corp_id: id, api_secret: s, to_user: '@all', agent_id: '7', message: m, "
      "message_type: markdown}]",
      "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=tok",
      R"({"text":{"content":""},"touser":"@all","agentid":"7","safe":"0","msgtype":"markdown",)"
      R"("markdown":{"content":"m"}})");
  EXPECT_TRUE(again().delivered);
  EXPECT_EQ(http_->calls.size(), 3U);
  http_->reply.body = R"({"errcode":42001,"errmsg":"access_token expired"})";
  EXPECT_TRUE(again().retry);
  http_->reply.body = R"({"errcode":81013,"errmsg":"no such user"})";
  EXPECT_FALSE(again().retry);
  EXPECT_EQ(http_->calls.size(), 6U) << "a new token was asked for once";
}

TEST_F(ReceiversTest, default_texts_are_those_that_people_know) {
  message_->alerts.resize(1);
  send("telegram_configs: [{chat_id: 5, parse_mode: ''}]");
  EXPECT_EQ(
      body().text_at("text"),
      "\n\nAlerts Firing:\nLabels:\n - alertname = Down\n - instance = a\n - job = x<y\nAnnotations:\n - "
      "summary = all \xC3\xA9\nSource: http://p/g\n\n\n\n");
  send("msteamsv2_configs: [{webhook_url: 'http://d/'}]");
  const model::Value card = body();
  EXPECT_EQ(card.at("attachments")->as_array()[0].at("content", "body")->as_array()[1].text_at("text"),
            "\n\n# Alerts Firing:\n\nLabels:\n  - alertname = Down\n  - instance = a\n  - job = x<y\n\n"
            "Annotations:\n  - summary = all \xC3\xA9\n\nSource: http://p/g\n\n\n\n\n");
  message_->group_labels = message_->alerts[0]->labels;
  send("discord_configs: [{webhook_url: 'http://d/', message: '{{ . | toJson }}'}]");
  const model::Value sent = body();
  const model::Value& embed = sent.at("embeds")->as_array()[0];
  EXPECT_EQ(embed.text_at("title"), "[FIRING:1] Down a x<y ");
  EXPECT_TRUE(
      embed.text_at("description").starts_with(R"({"receiver":"r","status":"firing","alerts":[{"status")"));
}

TEST_F(ReceiversTest, route_labels_are_templates_that_may_name_each_other) {
  const auto templates = NotificationTemplates::make({}, "http://am");
  ASSERT_TRUE(templates);
  const LabelMap raw = {{"a", "{{ routeLabels \"b\" }}-{{ .GroupLabels.alertname }}"},
                        {"b", "plain"},
                        {"c", "{{ routeLabels \"d\" }}"},
                        {"d", "{{ routeLabels \"c\" }}"}};
  EXPECT_EQ((*templates)->route_labels(raw, *message_), (LabelMap{{"a", "plain-Down"}, {"b", "plain"}}));
}

TEST_F(ReceiversTest, mail_is_multipart_and_escaped) {
  EXPECT_TRUE(send("email_configs: [{to: 'Ops <ops@x.org>, b@y.org', text: 'plain {{ .Status }}', headers: "
                   "{subject: \"line\\nbreak \xC3\xA9\"}}]")
                  .delivered);
  const Mail& mail = mail_->mails[0];
  EXPECT_EQ(mail.from, "a@b.org");
  EXPECT_EQ(mail.to, (std::vector<std::string>{"ops@x.org", "b@y.org"}));
  EXPECT_NE(mail.text.find("Subject: =?utf-8?B?"), std::string::npos) << mail.text;
  EXPECT_NE(mail.text.find("\r\nplain firing\r\n"), std::string::npos);
  EXPECT_NE(mail.text.find("x&lt;y"), std::string::npos);
  EXPECT_FALSE(send("email_configs: [{to: 'nobody'}]").delivered);
}

}  // namespace
}  // namespace aloft::telemetry::alerts
