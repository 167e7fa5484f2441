// Amazon SNS: Publish over the query interface; with a role that is taken on first, where one is configured.
#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/alerts/receivers/aws_signature.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t message_limit_bytes = 256 * 1024;
constexpr std::size_t sms_limit_bytes = 1600;
constexpr std::size_t subject_limit = 100;
// A role's keys are given for an hour.
constexpr Duration role_lifetime = 50min;

std::shared_ptr<HttpCall> form_call(std::string url, const http::Query& form) {
  auto call = std::make_shared<HttpCall>();
  call->url = std::move(url);
  call->headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  call->body = form.to_string();
  return call;
}

// The text of an element of which there is one.
std::string element(std::string_view xml, std::string_view name) {
  const std::string opening = fmt::format("<{}>", name);
  const std::size_t from = xml.find(opening);
  const std::size_t to = xml.find(fmt::format("</{}>", name));
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return "";
  return std::string(xml.substr(from + opening.size(), to - from - opening.size()));
}

// Cut between code points.
bool cut(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return false;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  text.resize(limit);
  return true;
}

Result<http::Query> publish_form(const Draft& draft) {
  http::Query form;
  form.add("Action", "Publish");
  form.add("Version", "2010-03-31");
  const std::string topic = draft.text("topic_arn");
  const std::string phone = draft.text("phone_number");
  const std::string target = draft.text("target_arn");
  if (!topic.empty()) form.add("TopicArn", topic);
  if (!target.empty()) form.add("TargetArn", target);
  if (!phone.empty()) form.add("PhoneNumber", phone);
  std::string message = draft.standard("message");
  if (!is_utf8(message)) return fail(Code::invalid, "non utf8 encoded message string");
  const bool truncated = cut(message, phone.empty() ? message_limit_bytes : sms_limit_bytes);
  form.add("Message", std::move(message));
  const std::string subject = shortened(draft.standard("subject"), subject_limit);
  if (!subject.empty()) form.add("Subject", subject);
  int index = 0;
  const auto attribute = [&](std::string name, std::string value) {
    const std::string prefix = fmt::format("MessageAttributes.entry.{}.", ++index);
    form.add(prefix + "Name", std::move(name));
    form.add(prefix + "Value.DataType", "String");
    form.add(prefix + "Value.StringValue", std::move(value));
  };
  for (const auto& [name, value] : draft.section.map("attributes"))
    attribute(draft.texts.text(name), draft.texts.text(value));
  if (truncated) attribute("truncated", "true");
  if (topic.ends_with(".fifo")) {
    // A topic in order drops what it had within five minutes, so the time tells messages of a group apart.
    const std::int64_t time = draft.message.now.since_epoch.count();
    form.add("MessageGroupId", hashed_key(draft.message.group_key));
    form.add("MessageDeduplicationId", hashed_key(fmt::format("{}{}", draft.message.group_key, time)));
  }
  return form;
}

class Sns final : public HttpNotifier {
 public:
  Sns(ReceiverKit kit, Section section) : HttpNotifier(std::move(kit), std::move(section), "sns", {}) {}

 protected:
  io::Task<Delivery> converse(const Draft& draft) override {
    const Section none;
    const Section* given = draft.section.section("sigv4");
    const Section& sigv4 = given != nullptr ? *given : none;
    const std::string region = sigv4.has("region") ? sigv4.text("region") : aws_region();
    if (region.empty())
      co_return Delivery::failed(true,
                                 "region not configured in sns.sigv4.region or in default credentials chain");
    const Result<AwsCredentials> keys = co_await credentials(draft, sigv4, region);
    if (!keys) co_return Delivery::failed(true, keys.error().message());
    const Result<http::Query> form = publish_form(draft);
    std::string url = draft.text("api_url");
    if (url.empty()) url = fmt::format("https://sns.{}.amazonaws.com", region);
    if (!draft.texts.error().empty()) co_return Delivery();
    if (!form) co_return Delivery::failed(true, form.error().message());
    std::shared_ptr<HttpCall> publish = form_call(std::move(url), *form);
    const Result<> made = sign_for_aws(*publish, "sns", region, *keys, draft.kit.clock.wall());
    if (!made) co_return Delivery::failed(false, made.error().message());
    const Result<HttpReply> reply = co_await call(std::move(publish));
    if (!reply) co_return failed_by(reply.error());
    co_return judge_status(*reply);
  }

 private:
  io::Task<Result<AwsCredentials>> credentials(const Draft& draft, const Section& sigv4, std::string region) {
    AwsCredentials own;
    own.access_key = sigv4.text("access_key");
    own.secret_key = sigv4.text("secret_key");
    if (own.access_key.empty()) {
      auto find = [profile = sigv4.text("profile")] { return find_aws_credentials(profile); };
      Worker worker = draft.kit.worker;
      io::Task<Result<AwsCredentials>> finding = worker.run(std::move(find));
      Result<AwsCredentials> found = co_await std::move(finding);
      if (!found) co_return found;
      own = std::move(*found);
    }
    const std::string role = sigv4.text("role_arn");
    if (role.empty()) co_return own;
    const Time now = draft.kit.loop.now();
    if (!role_keys_.access_key.empty() && now - role_since_ < role_lifetime) co_return role_keys_;
    http::Query form;
    form.add("Action", "AssumeRole");
    form.add("Version", "2011-06-15");
    form.add("RoleArn", role);
    form.add("RoleSessionName", "aloft");
    form.add("DurationSeconds", "3600");
    if (sigv4.has("external_id")) form.add("ExternalId", sigv4.text("external_id"));
    const bool fips = sigv4.flag("use_fips_sts_endpoint", false);
    std::shared_ptr<HttpCall> asking =
        form_call(fmt::format("https://sts{}.{}.amazonaws.com/", fips ? "-fips" : "", region), form);
    const Result<> made = sign_for_aws(*asking, "sts", region, own, draft.kit.clock.wall());
    if (!made) co_return fail(made.error());
    const Result<HttpReply> reply = co_await call(std::move(asking));
    if (!reply) co_return fail(reply.error());
    AwsCredentials keys;
    keys.access_key = element(reply->body, "AccessKeyId");
    keys.secret_key = element(reply->body, "SecretAccessKey");
    keys.session_token = element(reply->body, "SessionToken");
    if (keys.access_key.empty() || keys.secret_key.empty())
      co_return fail(Code::unavailable, fmt::format("role {} is not given: status {} {}", role, reply->status,
                                                    element(reply->body, "Message")));
    role_keys_ = std::move(keys);
    role_since_ = now;
    co_return role_keys_;
  }

  AwsCredentials role_keys_;
  Time role_since_{};
};

}  // namespace

std::unique_ptr<Notifier> make_sns(ReceiverKit kit, Section section) {
  return std::make_unique<Sns>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
