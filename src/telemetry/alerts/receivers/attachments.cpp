// Chats whose messages hold attachments, the form that Slack began with: Slack itself, Mattermost,
// Rocket.Chat.
#include <array>

#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t title_limit = 1024;

constexpr SecretField slack_secrets[] = {{"api_url", "api_url_file"}, {"app_token", "app_token_file"}};
constexpr SecretField mattermost_secrets[] = {{"webhook_url", "webhook_url_file"}};
constexpr SecretField rocketchat_secrets[] = {{"token", "token_file"}, {"token_id", "token_id_file"}};

// Each entry of `fields`; `short` is left out where neither says anything.
void add_fields(model::Object& out, const Section& from, Texts& texts, std::optional<bool> short_fields) {
  model::Array list;
  for (const Section& item : from.sections("fields")) {
    model::Object field;
    add_texts(field, item, texts, {"title", "value"});
    if (item.has("short") || short_fields)
      field.append("short", item.flag("short", short_fields.value_or(false)));
    list.push_back(std::move(field));
  }
  if (!list.empty()) out.append("fields", std::move(list));
}

model::Value slack_action(const Section& action, Texts& texts) {
  model::Object out;
  add_texts(out, action, texts, {"type", "text", "url", "style"});
  // A link is no question to the application behind the message.
  if (!action.text("url").empty()) return out;
  add_texts(out, action, texts, {"name", "value"});
  if (const Section* confirm = action.section("confirm")) {
    model::Object question;
    add_texts(question, *confirm, texts, {"text", "title", "ok_text", "dismiss_text"});
    out.append("confirm", std::move(question));
  }
  return out;
}

model::Value slack_attachment(const Draft& draft) {
  model::Object out;
  add_text(out, "title", shortened(draft.standard("title"), title_limit));
  add_text(out, "title_link", draft.standard("title_link", "titlelink"));
  add_text(out, "pretext", draft.standard("pretext"));
  out.append("text", draft.standard("text"));
  out.append("fallback", draft.standard("fallback"));
  out.append("callback_id", draft.standard("callback_id", "callbackid"));
  add_fields(out, draft.section, draft.texts, draft.section.flag("short_fields", false));
  model::Array actions;
  for (const Section& action : draft.section.sections("actions"))
    actions.push_back(slack_action(action, draft.texts));
  if (!actions.empty()) out.append("actions", std::move(actions));
  add_texts(out, draft.section, draft.texts, {"image_url", "thumb_url"});
  out.append("footer", draft.standard("footer"));
  add_text(out, "color", draft.standard("color"));
  model::Array markdown;
  for (const std::string& name : draft.section.list("mrkdwn_in")) markdown.push_back(name);
  if (markdown.empty()) markdown = {"fallback", "pretext", "text"};
  out.append("mrkdwn_in", std::move(markdown));
  return out;
}

// Incoming webhooks, and chat.postMessage with a bot's token; what was sent so may be changed later.
Result<Calls> write_slack(const Draft& draft) {
  const auto told = [&draft](std::string_view name) {
    const auto found = draft.message.notes.find(name);
    return found != draft.message.notes.end() ? found->second : std::string();
  };
  const std::string stamp = told("threadTs");
  const std::string channel = told("channelId");
  const bool change = draft.section.flag("update_message", false) && !stamp.empty() && !channel.empty();
  model::Object body;
  add_text(body, "channel", change ? channel : draft.text("channel"));
  if (change) body.append("ts", stamp);
  add_text(body, "username", draft.standard("username"));
  add_text(body, "icon_emoji", draft.standard("icon_emoji", "iconemoji"));
  add_text(body, "icon_url", draft.standard("icon_url", "iconurl"));
  if (draft.section.flag("link_names", false)) body.append("link_names", true);
  add_text(body, "text", draft.text("message_text"));
  body.append("attachments", model::Array{slack_attachment(draft)});
  const std::string& token = draft.secret("app_token");
  std::string url = draft.secret("api_url");
  if (!token.empty()) url = draft.section.text("app_url", "https://slack.com/api/chat.postMessage");
  if (change) url = "https://slack.com/api/chat.update";
  Calls calls = post_json(std::move(url), std::move(body));
  if (!token.empty()) calls[0]->headers.set("Authorization", "Bearer " + token);
  return calls;
}

// Slack answers 200 also when it refuses.
Delivery judge_slack(const HttpReply& reply) {
  if (reply.status / 100 != 2) return judge_status(reply);
  if (!reply.headers.get("Content-Type").starts_with("application/json")) {
    if (reply.body.empty() || reply.body.starts_with("ok")) return Delivery::done();
    return Delivery::failed(false, "received an error response from Slack: " + reply.body.substr(0, 200));
  }
  const auto answer = model::parse_json(reply.body);
  if (!answer) return Delivery::failed(true, "Slack's answer is no JSON: " + answer.error().message());
  const auto* good = answer->at("ok");
  if (good != nullptr && good->if_bool() != nullptr && !*good->if_bool())
    return Delivery::failed(false, fmt::format("error response from Slack: {}", answer->text_at("error")));
  Delivery out = Delivery::done();
  const std::string stamp(answer->text_at("ts"));
  const std::string channel(answer->text_at("channel"));
  if (!stamp.empty() && !channel.empty()) out.notes = {{"threadTs", stamp}, {"channelId", channel}};
  return out;
}

constexpr std::array<std::string_view, 8> mattermost_rest = {"pretext",     "author_name", "author_link",
                                                             "author_icon", "thumb_url",   "footer",
                                                             "footer_icon", "image_url"};

// The message's own text stands in its only attachment; where there are several, above them.
model::Array mattermost_attachments(const Draft& draft, std::string text) {
  model::Array out;
  const auto add_rest = [&draft](model::Object& into, const Section& from) {
    for (const std::string_view name : mattermost_rest)
      add_text(into, name, draft.texts.text(from.text(name)));
    add_fields(into, from, draft.texts, std::nullopt);
  };
  for (const Section& item : draft.section.sections("attachments")) {
    model::Object attachment;
    add_texts(attachment, item, draft.texts, {"fallback", "color", "text", "title", "title_link"});
    add_rest(attachment, item);
    out.push_back(std::move(attachment));
  }
  if (!out.empty()) return out;
  model::Object attachment;
  add_text(attachment, "fallback", draft.standard("fallback"));
  add_text(attachment, "color", draft.standard("color"));
  add_text(attachment, "text", std::move(text));
  add_text(attachment, "title", draft.standard("title"));
  add_text(attachment, "title_link", draft.standard("title_link", "titlelink"));
  add_rest(attachment, draft.section);
  out.push_back(std::move(attachment));
  return out;
}

// Only urgent messages may be persistent, and only what is above standard can ask for an answer.
void add_mattermost_priority(model::Object& body, const Draft& draft) {
  const Section* priority = draft.section.section("priority");
  if (priority == nullptr || priority->text("priority").empty()) return;
  std::string level = draft.texts.text(priority->text("priority"));
  for (char& c : level) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (level != "urgent" && level != "important") level = "standard";
  model::Object out;
  out.append("priority", level);
  if (level != "standard" && priority->flag("requested_ack", false)) out.append("requested_ack", true);
  if (level == "urgent" && priority->flag("persistent_notifications", false))
    out.append("persistent_notifications", true);
  body.append("priority", std::move(out));
}

Result<Calls> write_mattermost(const Draft& draft) {
  constexpr std::size_t text_limit = 16383;
  model::Object body;
  std::string text = draft.standard("text");
  if (!draft.section.sections("attachments").empty()) add_text(body, "text", shortened(text, text_limit));
  add_texts(body, draft.section, draft.texts, {"channel"});
  add_text(body, "username", draft.standard("username"));
  add_texts(body, draft.section, draft.texts, {"icon_url", "icon_emoji"});
  body.append("attachments", mattermost_attachments(draft, std::move(text)));
  add_texts(body, draft.section, draft.texts, {"type"});
  const Section* props = draft.section.section("props");
  if (props != nullptr && !props->text("card").empty()) {
    model::Object card;
    add_texts(card, *props, draft.texts, {"card"});
    body.append("props", std::move(card));
  }
  add_mattermost_priority(body, draft);
  return post_json(draft.secret("webhook_url"), std::move(body));
}

Result<Calls> write_rocketchat(const Draft& draft) {
  model::Object attachment;
  add_text(attachment, "title", shortened(draft.standard("title"), title_limit));
  add_text(attachment, "title_link", draft.standard("title_link", "titlelink"));
  add_text(attachment, "text", draft.standard("text"));
  add_texts(attachment, draft.section, draft.texts, {"image_url", "thumb_url"});
  add_text(attachment, "color",
           draft.text("color", R"({{ if eq .Status "firing" }}red{{ else }}green{{ end }})"));
  add_fields(attachment, draft.section, draft.texts, draft.section.flag("short_fields", false));
  model::Array actions;
  for (const Section& item : draft.section.sections("actions")) {
    // Buttons are the only type there is.
    model::Object action;
    action.append("type", "button");
    add_texts(action, item, draft.texts, {"text", "url"});
    action.append("is_webview", false);
    add_texts(action, item, draft.texts, {"msg"});
    action.append("msg_in_chat_window", false);
    actions.push_back(std::move(action));
  }
  if (!actions.empty()) attachment.append("actions", std::move(actions));
  model::Object body;
  add_text(body, "channel", draft.text("channel"));
  add_text(body, "emoji", draft.standard("emoji"));
  add_text(body, "avatar", draft.standard("icon_url", "iconurl"));
  body.append("attachments", model::Array{model::Value(std::move(attachment))});
  std::string url = draft.section.text("api_url");
  while (url.ends_with('/')) url.pop_back();
  Calls calls = post_json(url + "/api/v1/chat.postMessage", std::move(body));
  calls[0]->headers.set("X-Auth-Token", draft.secret("token"));
  calls[0]->headers.set("X-User-Id", draft.secret("token_id"));
  return calls;
}

Delivery judge_rocketchat(const HttpReply& reply) {
  if (reply.status / 100 != 2) return judge_status(reply);
  const auto answer = model::parse_json(reply.body);
  if (!answer) return Delivery::failed(true, "Rocket.Chat's answer is no JSON: " + answer.error().message());
  const auto* good = answer->at("success");
  if (good != nullptr && good->if_bool() != nullptr && *good->if_bool()) return Delivery::done();
  return Delivery::failed(false, fmt::format("error response from Rocketchat: {}", answer->text_at("error")));
}

constexpr HttpKind posted_attachment_kinds[] = {
    {"slack", slack_secrets, write_slack, judge_slack},
    {"mattermost", mattermost_secrets, write_mattermost},
    {"rocketchat", rocketchat_secrets, write_rocketchat, judge_rocketchat}};

}  // namespace

std::span<const HttpKind> attachment_kinds() { return posted_attachment_kinds; }

}  // namespace aloft::telemetry::alerts
