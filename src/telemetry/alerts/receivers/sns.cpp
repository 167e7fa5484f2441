// Amazon SNS: Publish over the query interface, signed by version 4.
#include <cstdlib>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/tls.h"
#include "telemetry/alerts/receivers/digest.h"
#include "telemetry/alerts/receivers/kinds.h"
#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::alerts {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

class Sns final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts, const Secrets&) override {
    const Section none;
    const Section* sigv4 = section().section("sigv4") != nullptr ? section().section("sigv4") : &none;
    const auto or_environment = [](std::string value, const char* name) {
      return value.empty() ? environment(name) : value;
    };
    std::string region = or_environment(sigv4->text("region"), "AWS_REGION");
    const std::string access = or_environment(sigv4->text("access_key"), "AWS_ACCESS_KEY_ID");
    const std::string secret = or_environment(sigv4->text("secret_key"), "AWS_SECRET_ACCESS_KEY");
    if (region.empty() || access.empty() || secret.empty())
      return fail(Code::invalid, "sns: region, access_key and secret_key are needed");
    http::Query form;
    form.add("Action", "Publish");
    form.add("Version", "2010-03-31");
    bool fifo = false;
    const std::pair<std::string_view, std::string> targets[] = {
        {"topic_arn", "TopicArn"}, {"target_arn", "TargetArn"}, {"phone_number", "PhoneNumber"}};
    for (const auto& [field, parameter] : targets) {
      const std::string value = text(texts, field);
      if (value.empty()) continue;
      fifo = fifo || (field == "topic_arn" && value.ends_with(".fifo"));
      form.add(parameter, value);
    }
    std::string body = text(texts, "message", R"({{ template "sns.default.message" . }})");
    std::string subject = text(texts, "subject", R"({{ template "sns.default.subject" . }})");
    truncate_runes(subject, 100);
    const bool truncated = body.size() > 256 * 1024;
    if (truncated) body.resize(256 * 1024);
    form.add("Message", std::move(body));
    if (!subject.empty() && section().text("phone_number").empty()) form.add("Subject", std::move(subject));
    int index = 0;
    const auto attribute = [&](const std::string& name, std::string value) {
      const std::string prefix = fmt::format("MessageAttributes.entry.{}.", ++index);
      form.add(prefix + "Name", name);
      form.add(prefix + "Value.DataType", "String");
      form.add(prefix + "Value.StringValue", std::move(value));
    };
    for (const auto& [name, value] : section().map("attributes")) attribute(name, texts.text(value));
    if (truncated) attribute("truncated", "true");
    if (fifo) {
      form.add("MessageGroupId", hashed_key(message.group_key));
      form.add("MessageDeduplicationId",
               hashed_key(fmt::format("{}{}", message.group_key, message.now.since_epoch.count())));
    }
    auto call = std::make_shared<HttpCall>();
    call->url = text(texts, "api_url");
    if (call->url.empty()) call->url = fmt::format("https://sns.{}.amazonaws.com", region);
    call->headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    call->body = form.to_string();
    TRY_DO(sign(*call, region, access, secret, kit().clock.wall()));
    return call;
  }

 private:
  static Result<> sign(HttpCall& call, const std::string& region, const std::string& access,
                       const std::string& secret, WallTime now) {
    TRY(url, parse_url(call.url));
    const std::string stamp = templates::format_go_time(now, "20060102T150405Z");
    const std::string day = stamp.substr(0, 8);
    const bool usual = url.port == (url.scheme == "https" ? 443 : 80);
    const std::string host = usual ? url.host : fmt::format("{}:{}", url.host, url.port);
    const std::string scope = fmt::format("{}/{}/sns/aws4_request", day, region);
    const std::string canonical =
        fmt::format("POST\n{}\n\ncontent-type:{}\nhost:{}\nx-amz-date:{}\n\ncontent-type;host;x-amz-date\n{}",
                    url.target.substr(0, url.target.find('?')), call.headers.get("Content-Type"), host, stamp,
                    hex_encode(http::sha256(call.body)));
    const std::string to_sign =
        fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, hex_encode(http::sha256(canonical)));
    std::string key = hmac_sha256("AWS4" + secret, day);
    for (const std::string_view part :
         {std::string_view(region), std::string_view("sns"), std::string_view("aws4_request")})
      key = hmac_sha256(key, part);
    call.headers.set("X-Amz-Date", stamp);
    call.headers.set(
        "Authorization",
        fmt::format(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders=content-type;host;x-amz-date, Signature={}",
            access, scope, hex_encode(hmac_sha256(key, to_sign))));
    return {};
  }
};

}  // namespace

std::unique_ptr<Notifier> make_sns(ReceiverKit kit, Section section) {
  return std::make_unique<Sns>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
