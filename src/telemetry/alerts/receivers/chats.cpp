// Chats: Discord, Microsoft Teams, Telegram, Webex, Mattermost, Rocket.Chat, Pushover.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Discord final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override { return {{"webhook_url", "webhook_url_file"}}; }
  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    std::string title = text(texts, "title", R"({{ template "discord.default.title" . }})");
    std::string description = text(texts, "message", R"({{ template "discord.default.message" . }})");
    std::string content = text(texts, "content");
    truncate_runes(title, 256);
    truncate_runes(description, 4096);
    truncate_runes(content, 2000);
    model::Object embed;
    embed.append("title", std::move(title));
    embed.append("description", std::move(description));
    embed.append("color", message.firing() ? 0x992D22 : 0x2ECC71);
    model::Object body;
    body.append("content", std::move(content));
    body.append("embeds", model::Array{model::Value(std::move(embed))});
    add_text(body, "username", text(texts, "username"));
    add_text(body, "avatar_url", text(texts, "avatar_url"));
    return post_json(secrets.at("webhook_url"), model::Value(std::move(body)));
  }
};

class MsTeams final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override { return {{"webhook_url", "webhook_url_file"}}; }
  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    model::Object body;
    body.append("@context", "http://schema.org/extensions");
    body.append("type", "MessageCard");
    body.append("title", text(texts, "title", R"({{ template "msteams.default.title" . }})"));
    body.append("summary", text(texts, "summary", R"({{ template "msteams.default.summary" . }})"));
    body.append("text", text(texts, "text", R"({{ template "msteams.default.text" . }})"));
    body.append("themeColor", message.firing() ? "8C1A1A" : "2DC72D");
    return post_json(secrets.at("webhook_url"), model::Value(std::move(body)));
  }
};

// Workflows take an adaptive card.
class MsTeamsV2 final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override { return {{"webhook_url", "webhook_url_file"}}; }
  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    model::Object heading;
    heading.append("type", "TextBlock");
    heading.append("text", text(texts, "title", R"({{ template "msteamsv2.default.title" . }})"));
    heading.append("weight", "Bolder");
    heading.append("size", "Medium");
    heading.append("wrap", true);
    heading.append("style", "heading");
    heading.append("color", message.firing() ? "Attention" : "Good");
    model::Object content;
    content.append("type", "TextBlock");
    content.append("text", text(texts, "text", R"({{ template "msteamsv2.default.text" . }})"));
    content.append("wrap", true);
    model::Object width;
    width.append("width", "Full");
    model::Object card;
    card.append("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    card.append("type", "AdaptiveCard");
    card.append("version", "1.4");
    card.append("body", model::Array{model::Value(std::move(heading)), model::Value(std::move(content))});
    card.append("msteams", std::move(width));
    model::Object attachment;
    attachment.append("contentType", "application/vnd.microsoft.card.adaptive");
    attachment.append("contentUrl", nullptr);
    attachment.append("content", std::move(card));
    model::Object body;
    body.append("type", "message");
    body.append("attachments", model::Array{model::Value(std::move(attachment))});
    return post_json(secrets.at("webhook_url"), model::Value(std::move(body)));
  }
};

class Telegram final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override {
    return {{"bot_token", "bot_token_file"}, {"chat", "chat_id_file"}};
  }
  Result<std::shared_ptr<HttpCall>> make(const Notification&, Texts& texts, const Secrets& secrets) override {
    const std::string mode = section().text("parse_mode", "HTML");
    const std::string source = section().text("message", R"({{ template "telegram.default.message" . }})");
    std::string message = mode == "HTML" ? texts.html(source) : texts.text(source);
    truncate_runes(message, 4096);
    std::int64_t chat = section().integer("chat_id");
    if (chat == 0) {
      const auto number = model::parse_json(secrets.at("chat"));
      if (!number || number->if_int() == nullptr)
        return fail(Code::invalid, "chat_id_file does not hold a number");
      chat = *number->if_int();
    }
    model::Object body;
    body.append("chat_id", chat);
    body.append("text", std::move(message));
    add_text(body, "parse_mode", mode);
    if (const std::int64_t thread = section().integer("message_thread_id"); thread != 0)
      body.append("message_thread_id", thread);
    body.append("disable_notification", section().flag("disable_notifications", false));
    body.append("disable_web_page_preview", true);
    return post_json(fmt::format("{}/bot{}/sendMessage", section().text("api_url"), secrets.at("bot_token")),
                     model::Value(std::move(body)));
  }
};

class Webex final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Result<std::shared_ptr<HttpCall>> make(const Notification&, Texts& texts, const Secrets&) override {
    std::string message = text(texts, "message", R"({{ template "webex.default.message" . }})");
    if (message.size() > 7439) {
      truncate_runes(message, 2400);
      message.resize(std::min<std::size_t>(message.size(), 7439));
    }
    model::Object body;
    body.append("markdown", std::move(message));
    body.append("roomId", text(texts, "room_id"));
    return post_json(section().text("api_url"), model::Value(std::move(body)));
  }
};

// Attachments of Mattermost and Rocket.Chat, which took Slack's form.
model::Value chat_fields(const Section& section, Texts& texts, bool default_short) {
  model::Array out;
  for (const Section& item : section.sections("fields")) {
    model::Object field;
    field.append("title", texts.text(item.text("title")));
    field.append("value", texts.text(item.text("value")));
    field.append("short", item.flag("short", default_short));
    out.push_back(std::move(field));
  }
  return out;
}

class Mattermost final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override { return {{"webhook_url", "webhook_url_file"}}; }
  Result<std::shared_ptr<HttpCall>> make(const Notification&, Texts& texts, const Secrets& secrets) override {
    model::Object body;
    for (const std::string_view name : {"channel", "icon_url", "icon_emoji", "type"})
      add_text(body, name, text(texts, name));
    add_text(body, "username", text(texts, "username", R"({{ template "mattermost.default.username" . }})"));
    model::Array attachments;
    if (section().sections("attachments").empty()) attachments.push_back(attachment(section(), texts, true));
    for (const Section& item : section().sections("attachments"))
      attachments.push_back(attachment(item, texts, false));
    body.append("attachments", std::move(attachments));
    if (const Section* props = section().section("props")) {
      model::Object card;
      card.append("card", texts.text(props->text("card")));
      body.append("props", std::move(card));
    }
    if (const Section* priority = section().section("priority")) {
      model::Object out;
      out.append("priority", texts.text(priority->text("priority")));
      out.append("requested_ack", priority->flag("requested_ack", false));
      out.append("persistent_notifications", priority->flag("persistent_notifications", false));
      body.append("priority", std::move(out));
    }
    return post_json(secrets.at("webhook_url"), model::Value(std::move(body)));
  }

 private:
  static model::Value attachment(const Section& from, Texts& texts, bool defaults) {
    model::Object out;
    for (const std::string_view name :
         {"fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title",
          "title_link", "thumb_url", "footer", "footer_icon", "image_url"}) {
      const bool has_default = defaults && (name == "fallback" || name == "color" || name == "text" ||
                                            name == "title" || name == "title_link");
      const std::string template_name = name == "title_link" ? "titlelink" : std::string(name);
      add_text(
          out, name,
          texts.text(from.text(
              name, has_default ? fmt::format("{{{{ template \"mattermost.default.{}\" . }}}}", template_name)
                                : "")));
    }
    if (!from.sections("fields").empty()) out.append("fields", chat_fields(from, texts, false));
    return out;
  }
};

class RocketChat final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override { return {{"token", "token_file"}, {"token_id", "token_id_file"}}; }
  Result<std::shared_ptr<HttpCall>> make(const Notification&, Texts& texts, const Secrets& secrets) override {
    model::Object attachment;
    add_text(attachment, "title", text(texts, "title", R"({{ template "rocketchat.default.title" . }})"));
    add_text(attachment, "title_link",
             text(texts, "title_link", R"({{ template "rocketchat.default.titlelink" . }})"));
    add_text(attachment, "text", text(texts, "text", R"({{ template "rocketchat.default.text" . }})"));
    add_text(attachment, "image_url", text(texts, "image_url"));
    add_text(attachment, "thumb_url", text(texts, "thumb_url"));
    attachment.append("color",
                      text(texts, "color", R"({{ if eq .Status "firing" }}red{{ else }}green{{ end }})"));
    if (!section().sections("fields").empty())
      attachment.append("fields", chat_fields(section(), texts, section().flag("short_fields", false)));
    model::Array actions;
    for (const Section& item : section().sections("actions")) {
      model::Object action;
      for (const std::string_view name :
           {"type", "text", "url", "image_url", "webview_height_ratio", "msg", "msg_processing_type"})
        add_text(action, name, texts.text(item.text(name)));
      action.append("is_webview", item.flag("is_webview", false));
      action.append("msg_in_chat_window", item.flag("msg_in_chat_window", false));
      actions.push_back(std::move(action));
    }
    if (!actions.empty()) attachment.append("actions", std::move(actions));
    model::Object body;
    add_text(body, "channel", text(texts, "channel"));
    body.append("alias", texts.text(R"({{ template "rocketchat.default.alias" . }})"));
    add_text(body, "emoji", text(texts, "emoji", R"({{ template "rocketchat.default.emoji" . }})"));
    add_text(body, "avatar", text(texts, "icon_url", R"({{ template "rocketchat.default.iconurl" . }})"));
    body.append("attachments", model::Array{model::Value(std::move(attachment))});
    std::string url = section().text("api_url");
    while (url.ends_with('/')) url.pop_back();
    auto call = post_json(url + "/api/v1/chat.postMessage", model::Value(std::move(body)));
    call->headers.set("X-Auth-Token", secrets.at("token"));
    call->headers.set("X-User-Id", secrets.at("token_id"));
    return call;
  }
};

class Pushover final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  Fields secret_fields() const override { return {{"user_key", "user_key_file"}, {"token", "token_file"}}; }
  Result<std::shared_ptr<HttpCall>> make(const Notification&, Texts& texts, const Secrets& secrets) override {
    const bool html = section().flag("html", false);
    std::string title = text(texts, "title", R"({{ template "pushover.default.title" . }})");
    const std::string source = section().text("message", R"({{ template "pushover.default.message" . }})");
    std::string message = html ? texts.html(source) : texts.text(source);
    std::string url = text(texts, "url", R"({{ template "pushover.default.url" . }})");
    truncate_runes(title, 250);
    truncate_runes(message, 1024);
    truncate_runes(url, 512);
    // An empty message is refused.
    if (message.find_first_not_of(" \t\r\n") == std::string::npos) message = "(no details)";
    http::Query form;
    form.add("token", texts.text(secrets.at("token")));
    form.add("user", texts.text(secrets.at("user_key")));
    form.add("title", std::move(title));
    form.add("message", std::move(message));
    if (html) form.add("html", "1");
    if (section().flag("monospace", false)) form.add("monospace", "1");
    form.add("url", std::move(url));
    for (const std::string_view name : {"url_title", "device", "sound"})
      form.add(std::string(name), text(texts, name));
    form.add("priority", text(texts, "priority", R"({{ if eq .Status "firing" }}2{{ else }}0{{ end }})"));
    form.add("retry", std::to_string(section().duration("retry", 1min) / 1s));
    form.add("expire", std::to_string(section().duration("expire", 1h) / 1s));
    if (const Duration ttl = section().duration("ttl"); ttl > Duration::zero())
      form.add("ttl", std::to_string(ttl / 1s));
    auto call = std::make_shared<HttpCall>();
    call->url = "https://api.pushover.net/1/messages.json";
    call->headers.set("Content-Type", "application/x-www-form-urlencoded");
    call->body = form.to_string();
    return call;
  }
};

}  // namespace

std::unique_ptr<Notifier> make_discord(ReceiverKit kit, Section section) {
  return std::make_unique<Discord>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_msteams(ReceiverKit kit, Section section) {
  return std::make_unique<MsTeams>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_msteamsv2(ReceiverKit kit, Section section) {
  return std::make_unique<MsTeamsV2>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_telegram(ReceiverKit kit, Section section) {
  return std::make_unique<Telegram>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_webex(ReceiverKit kit, Section section) {
  return std::make_unique<Webex>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_mattermost(ReceiverKit kit, Section section) {
  return std::make_unique<Mattermost>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_rocketchat(ReceiverKit kit, Section section) {
  return std::make_unique<RocketChat>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_pushover(ReceiverKit kit, Section section) {
  return std::make_unique<Pushover>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
