// What leaves for each receiver, byte for byte where it is an interface of others.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "io/sim_loop.h"
#include "model/json.h"
#include "telemetry/alerts/receivers/digest.h"
#include "telemetry/alerts/receivers/kinds.h"
#include "telemetry/alerts/receivers/mail_format.h"
#include "telemetry/alerts/receivers/smtp.h"

namespace aloft::telemetry::alerts {
namespace {

class FakeSender final : public HttpSender {
 public:
  io::Task<Result<HttpReply>> send(std::shared_ptr<const HttpCall> call) override {
    calls.push_back(*call);
    co_return reply;
  }
  std::vector<HttpCall> calls;
  HttpReply reply{200, {}, "ok"};
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
    return loop_.run_until_done((*notifier)->send(message_));
  }
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
};

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
  EXPECT_EQ(http_->calls[0].body,
            "{\"text\":\"firing\",\"n\":3,\"list\":[\"2\"],\"all\":{\"alertname\":\"Down\",\"job\":"
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
  EXPECT_EQ(sent.text_at("payload", "custom_details", "num_resolved"), "1");
  EXPECT_EQ(sent.text_at("payload", "custom_details", "a"), "b");
  message_->alerts.erase(message_->alerts.begin());
  EXPECT_TRUE(send("pagerduty_configs: [{routing_key: k}]").delivered);
  EXPECT_EQ(body().text_at("event_action"), "resolve");
}

TEST_F(ReceiversTest, other_services_are_spoken_to) {
  for (const char* receiver :
       {"opsgenie_configs: [{tags: 'a, b', responders: [{name: x, type: team}]}]",
        "victorops_configs: [{api_key: k, routing_key: r}]", "telegram_configs: [{chat_id: 5}]",
        "discord_configs: [{webhook_url: 'http://d/'}]", "msteams_configs: [{webhook_url: 'http://d/'}]",
        "msteamsv2_configs: [{webhook_url: 'http://d/'}]", "mattermost_configs: [{webhook_url: 'http://d/'}]",
        "rocketchat_configs: [{token: t, token_id: i}]",
        "webex_configs: [{room_id: r, http_config: {authorization: {credentials: c}}}]",
        "incidentio_configs: [{url: 'http://d/', alert_source_token: t}]",
        "pushover_configs: [{user_key: u, token: t}]",
        "sns_configs: [{topic_arn: 'arn:t', sigv4: {region: r, access_key: a, secret_key: s}}]"}) {
    const Delivery delivery = send(receiver);
    EXPECT_TRUE(delivery.delivered) << receiver << ": " << delivery.error;
  }
  EXPECT_EQ(http_->calls[0].url, "https://api.opsgenie.com/v2/alerts");
  EXPECT_EQ(http_->calls[0].headers.get("Authorization"), "GenieKey k");
  EXPECT_EQ(http_->calls[1].url, "https://alert.victorops.com/integrations/generic/20131114/alert/k/r");
  EXPECT_EQ(http_->calls[2].url, "https://api.telegram.org/bott/sendMessage");
  EXPECT_TRUE(http_->calls.back()
                  .headers.get("Authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=a/20231114/r/sns/aws4_request"));
  EXPECT_FALSE(send("jira_configs: [{project: p, issue_type: t, api_url: 'http://j/'}]").delivered);
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

TEST(MailFormat, words_and_bodies_are_encoded) {
  EXPECT_EQ(header_text("a\r\nB: c"), "a  B: c");
  EXPECT_EQ(quoted_printable("a=b \xC3\xA9 \nx"), "a=3Db =C3=A9=20\r\nx");
  EXPECT_EQ(quoted_printable(std::string(100, 'x')).find("=\r\n"), 75U);
}

TEST(Digest, answers_are_those_of_the_standards) {
  EXPECT_EQ(hex_encode(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex_encode(md5("The quick brown fox jumps over the lazy dog")),
            "9e107d9d372bb6826bd81d3542a419d6");
  // RFC 2195.
  EXPECT_EQ(hex_encode(hmac_md5("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>")),
            "b913a602c7eda7a495b4e6e7334d3890");
  EXPECT_EQ(hex_encode(hmac_sha256("key", "The quick brown fox jumps over the lazy dog")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

class SmtpTest : public testing::Test {
 protected:
  // Answers each line by the table; what is not in it gets 250.
  io::Task<> serve(std::unique_ptr<io::Stream> stream, std::map<std::string, std::string> answers) {
    co_await stream->write(std::string_view("220 hello\r\n"));
    std::string buffer;
    bool data = false;
    for (;;) {
      std::byte bytes[512];
      const std::span<std::byte> into(bytes);
      io::Task<Result<std::size_t>> reading = stream->read(into);
      const Result<std::size_t> count = co_await std::move(reading);
      if (!count || *count == 0) co_return;
      buffer.append(reinterpret_cast<const char*>(bytes), *count);
      for (std::size_t end = 0; (end = buffer.find("\r\n")) != std::string::npos;) {
        const std::string line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        heard_.push_back(line);
        std::string reply = data ? (line == "." ? "250 taken\r\n" : "") : "250 ok\r\n";
        if (line == ".") data = false;
        if (!data && line == "DATA") {
          reply = "354 go\r\n";
          data = true;
        }
        for (const auto& [start, text] : answers) {
          if (line.starts_with(start)) reply = text + "\r\n";
        }
        co_await stream->write(std::string_view(reply));
      }
    }
  }
  SmtpOutcome talk(SmtpSettings settings, std::map<std::string, std::string> answers) {
    auto [client, server] = io::make_stream_pair(loop_);
    io::Scope scope(loop_);
    scope.spawn(serve(std::move(server), std::move(answers)));
    Mail mail{"a@b", {"c@d", "e@f"}, "Subject: x\r\n\r\n.point\r\nend"};
    SmtpOutcome outcome = loop_.run_until_done(smtp_send(loop_, std::move(client), settings, mail));
    return outcome;
  }
  io::SimLoop loop_;
  std::vector<std::string> heard_;
};

TEST_F(SmtpTest, a_mail_is_handed_over_with_points_stuffed) {
  SmtpSettings settings;
  settings.require_tls = false;
  const SmtpOutcome outcome = talk(settings, {{"EHLO", "250-x\r\n250 8BITMIME"}});
  EXPECT_TRUE(outcome.sent) << outcome.error;
  EXPECT_EQ(heard_,
            (std::vector<std::string>{"EHLO localhost", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "RCPT TO:<e@f>",
                                      "DATA", "Subject: x", "", "..point", "end", ".", "QUIT"}));
}

TEST_F(SmtpTest, each_way_to_authenticate_is_spoken) {
  SmtpSettings settings;
  settings.require_tls = false;
  settings.username = "u";
  settings.password = "p";
  EXPECT_TRUE(talk(settings, {{"EHLO", "250 AUTH PLAIN LOGIN"}, {"AUTH", "235 in"}}).sent);
  EXPECT_EQ(heard_[1], "AUTH PLAIN AHUAcA==");
  heard_.clear();
  EXPECT_TRUE(talk(settings, {{"EHLO", "250 AUTH LOGIN"},
                              {"AUTH", "334 VXNlcm5hbWU6"},
                              {"dQ==", "334 UGFzc3dvcmQ6"},
                              {"cA==", "235 in"}})
                  .sent);
  settings.secret = "tanstaaftanstaaf";
  settings.username = "tim";
  heard_.clear();
  EXPECT_TRUE(talk(settings, {{"EHLO", "250 AUTH CRAM-MD5"},
                              {"AUTH", "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"},
                              {"dGlt", "235 in"}})
                  .sent);
  EXPECT_EQ(heard_[2], "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
}

TEST_F(SmtpTest, what_is_required_and_missing_is_said) {
  SmtpSettings settings;
  EXPECT_NE(talk(settings, {}).error.find("does not advertise the STARTTLS extension"), std::string::npos);
  settings.require_tls = false;
  EXPECT_EQ(talk(settings, {{"RCPT TO:<e@f>", "550 nobody"}}).error, "RCPT: 550 nobody");
}

}  // namespace
}  // namespace aloft::telemetry::alerts
