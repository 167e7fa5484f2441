// Slack: incoming webhooks, and chat.postMessage with a bot's token.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t title_limit = 1024;

class Slack final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  std::vector<std::pair<std::string, std::string>> secret_fields() const override {
    return {{"api_url", "api_url_file"}, {"app_token", "app_token_file"}};
  }

  Result<std::shared_ptr<HttpCall>> make(const Notification&, Texts& texts, const Secrets& secrets) override {
    model::Object body;
    add_text(body, "channel", text(texts, "channel"));
    add_text(body, "username", text(texts, "username", R"({{ template "slack.default.username" . }})"));
    add_text(body, "icon_emoji", text(texts, "icon_emoji", R"({{ template "slack.default.iconemoji" . }})"));
    add_text(body, "icon_url", text(texts, "icon_url", R"({{ template "slack.default.iconurl" . }})"));
    if (section().flag("link_names", false)) body.append("link_names", true);
    add_text(body, "text", text(texts, "message_text"));
    model::Array attachments;
    attachments.push_back(attachment(texts));
    body.append("attachments", std::move(attachments));
    auto call = post_json(secrets.at("api_url"), model::Value(std::move(body)));
    if (const std::string& token = secrets.at("app_token"); !token.empty()) {
      call->url = section().text("app_url", "https://slack.com/api/chat.postMessage");
      call->headers.set("Authorization", "Bearer " + token);
    }
    return call;
  }

  // Slack answers 200 also when it refuses.
  Delivery judge(const HttpReply& reply) const override {
    if (reply.status / 100 != 2) return HttpNotifier::judge(reply);
    if (!reply.headers.get("Content-Type").starts_with("application/json")) {
      if (reply.body.empty() || reply.body.starts_with("ok")) return Delivery::done();
      return Delivery::failed(false, "unexpected answer: " + reply.body.substr(0, 200));
    }
    const auto answer = model::parse_json(reply.body);
    const auto* good = answer ? answer->at("ok") : nullptr;
    if (good != nullptr && good->if_bool() != nullptr && !*good->if_bool())
      return Delivery::failed(false, fmt::format("error response from Slack: {}", answer->text_at("error")));
    return Delivery::done();
  }

 private:
  model::Value attachment(Texts& texts) const {
    model::Object out;
    std::string title = text(texts, "title", R"({{ template "slack.default.title" . }})");
    truncate_runes(title, title_limit);
    add_text(out, "title", std::move(title));
    add_text(out, "title_link", text(texts, "title_link", R"({{ template "slack.default.titlelink" . }})"));
    add_text(out, "pretext", text(texts, "pretext", R"({{ template "slack.default.pretext" . }})"));
    out.append("text", text(texts, "text", R"({{ template "slack.default.text" . }})"));
    out.append("fallback", text(texts, "fallback", R"({{ template "slack.default.fallback" . }})"));
    out.append("callback_id", text(texts, "callback_id", R"({{ template "slack.default.callbackid" . }})"));
    const bool short_fields = section().flag("short_fields", false);
    model::Array fields;
    for (const Section& field : section().sections("fields")) {
      model::Object entry;
      add_text(entry, "title", texts.text(field.text("title")));
      add_text(entry, "value", texts.text(field.text("value")));
      entry.append("short", field.flag("short", short_fields));
      fields.push_back(std::move(entry));
    }
    if (!fields.empty()) out.append("fields", std::move(fields));
    model::Array actions;
    for (const Section& action : section().sections("actions")) actions.push_back(action_of(action, texts));
    if (!actions.empty()) out.append("actions", std::move(actions));
    add_text(out, "image_url", text(texts, "image_url"));
    add_text(out, "thumb_url", text(texts, "thumb_url"));
    out.append("footer", text(texts, "footer", R"({{ template "slack.default.footer" . }})"));
    add_text(out, "color", text(texts, "color", R"({{ template "slack.default.color" . }})"));
    model::Array markdown;
    for (const std::string& name : section().list("mrkdwn_in")) markdown.push_back(name);
    if (section().list("mrkdwn_in").empty()) markdown = {"fallback", "pretext", "text"};
    out.append("mrkdwn_in", std::move(markdown));
    return out;
  }

  static model::Value action_of(const Section& action, Texts& texts) {
    model::Object out;
    for (const std::string_view name : {"type", "text", "url", "style", "name", "value"}) {
      const bool message_only = (name == "name" || name == "value") && !action.text("url").empty();
      if (!message_only) add_text(out, name, texts.text(action.text(name)));
    }
    const Section* confirm = action.text("url").empty() ? action.section("confirm") : nullptr;
    if (confirm != nullptr) {
      model::Object question;
      for (const std::string_view name : {"title", "text", "ok_text", "dismiss_text"})
        add_text(question, name, texts.text(confirm->text(name)));
      out.append("confirm", std::move(question));
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Notifier> make_slack(ReceiverKit kit, Section section) {
  return std::make_unique<Slack>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
