// Chats with messages of their own form: Discord, Microsoft Teams, Telegram, Webex, Pushover.
#include <fmt/format.h>

#include "base/utf8.h"
#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t webex_limit_bytes = 7439;

constexpr SecretField webhook_url[] = {{"webhook_url", "webhook_url_file"}};
constexpr SecretField telegram_secrets[] = {{"bot_token", "bot_token_file"}, {"chat", "chat_id_file"}};
constexpr SecretField pushover_secrets[] = {{"user_key", "user_key_file"}, {"token", "token_file"}};

Result<Calls> write_discord(const Draft& draft) {
  model::Object embed;
  embed.append("title", shortened(draft.standard("title"), 256));
  embed.append("description", shortened(draft.standard("message"), 4096));
  embed.append("color", draft.message.firing() ? 0x992D22 : 0x2ECC71);
  model::Object body;
  body.append("content", shortened(draft.standard("content"), 2000));
  body.append("embeds", model::Array{model::Value(std::move(embed))});
  add_text(body, "username", draft.section.text("username"));
  add_text(body, "avatar_url", draft.section.text("avatar_url"));
  return post_json(draft.secret("webhook_url"), std::move(body));
}

Result<Calls> write_msteams(const Draft& draft) {
  model::Object body;
  body.append("@context", "http://schema.org/extensions");
  body.append("type", "MessageCard");
  for (const std::string_view field : {"title", "summary", "text"})
    body.append(std::string(field), draft.standard(field));
  body.append("themeColor", draft.message.firing() ? "8C1A1A" : "2DC72D");
  return post_json(draft.secret("webhook_url"), std::move(body));
}

// Workflows take an adaptive card.
Result<Calls> write_msteamsv2(const Draft& draft) {
  model::Object heading;
  heading.append("type", "TextBlock");
  heading.append("text", draft.standard("title"));
  heading.append("weight", "Bolder");
  heading.append("size", "Medium");
  heading.append("wrap", true);
  heading.append("style", "heading");
  heading.append("color", draft.message.firing() ? "Attention" : "Good");
  model::Object content;
  content.append("type", "TextBlock");
  content.append("text", draft.standard("text"));
  content.append("wrap", true);
  model::Object width;
  width.append("width", "full");
  model::Object card;
  card.append("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
  card.append("type", "AdaptiveCard");
  card.append("version", "1.2");
  card.append("body", model::Array{model::Value(std::move(heading)), model::Value(std::move(content))});
  card.append("msteams", std::move(width));
  model::Object attachment;
  attachment.append("contentType", "application/vnd.microsoft.card.adaptive");
  attachment.append("contentUrl", nullptr);
  attachment.append("content", std::move(card));
  model::Object body;
  body.append("type", "message");
  body.append("attachments", model::Array{model::Value(std::move(attachment))});
  return post_json(draft.secret("webhook_url"), std::move(body));
}

// A cut would break the markup, so what is too long is replaced.
std::string telegram_text(const Draft& draft, const std::string& mode) {
  constexpr std::size_t limit = 4096;
  if (mode != "HTML") return shortened(draft.standard("message"), limit);
  std::string text = draft.texts.html(draft.source("message"));
  if (shortened(text, limit) == text) return text;
  return "The message is longer than Telegram takes; the template that makes it needs to say less.";
}

Result<Calls> write_telegram(const Draft& draft) {
  const std::string mode = draft.section.text("parse_mode", "HTML");
  std::string chat = draft.secret("chat");
  const auto number = model::parse_json(chat);
  if (chat.empty())
    chat = std::to_string(draft.section.integer("chat_id"));
  else if (!number || number->if_int() == nullptr)
    return fail(Code::invalid, "chat_id_file does not hold a number");
  model::Object body;
  body.append("chat_id", chat);
  body.append("text", telegram_text(draft, mode));
  body.append("disable_web_page_preview", "true");
  if (draft.section.flag("disable_notifications", false)) body.append("disable_notification", "true");
  add_text(body, "parse_mode", mode);
  if (const std::int64_t thread = draft.section.integer("message_thread_id"); thread != 0)
    body.append("message_thread_id", std::to_string(thread));
  return post_json(
      fmt::format("{}/bot{}/sendMessage", draft.section.text("api_url"), draft.secret("bot_token")),
      std::move(body));
}

// Whatever went wrong may be gone a moment later; Telegram says so with ok beside the status.
Delivery judge_telegram(const HttpReply& reply) {
  const auto answer = model::parse_json(reply.body);
  const auto* good = answer ? answer->at("ok") : nullptr;
  const bool refused = good != nullptr && good->if_bool() != nullptr && !*good->if_bool();
  if (refused) return Delivery::failed(true, fmt::format("telegram: {}", answer->text_at("description")));
  Delivery outcome = judge_status(reply);
  outcome.retry = !outcome.delivered;
  return outcome;
}

// At most so many bytes, cut between code points, with three points at the end.
std::string webex_text(std::string text) {
  if (text.size() <= webex_limit_bytes) return text;
  constexpr std::string_view mark = "\xE2\x80\xA6";
  std::size_t end = 0;
  for (std::size_t at = 0; at <= webex_limit_bytes - mark.size();) {
    end = at;
    next_code_point(text, at);
  }
  text.resize(end);
  return text.append(mark);
}

Result<Calls> write_webex(const Draft& draft) {
  model::Object body;
  body.append("markdown", webex_text(draft.standard("message")));
  add_text(body, "roomId", draft.text("room_id"));
  return post_json(draft.section.text("api_url"), std::move(body));
}

// An empty message is refused, so there is none.
std::string pushover_text(std::string text) {
  text = shortened(std::move(text), 1024);
  constexpr std::string_view blank = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string::npos) return "(no details)";
  return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

Result<Calls> write_pushover(const Draft& draft) {
  const Section& section = draft.section;
  const bool html = section.flag("html", false);
  const std::string source = draft.source("message");
  http::Query form;
  form.add("token", draft.texts.text(draft.secret("token")));
  form.add("user", draft.texts.text(draft.secret("user_key")));
  form.add("title", shortened(draft.standard("title"), 250));
  if (html) form.add("html", "1");
  if (section.flag("monospace", false)) form.add("monospace", "1");
  form.add("message", pushover_text(html ? draft.texts.html(source) : draft.texts.text(source)));
  form.add("url", shortened(draft.standard("url"), 512));
  for (const std::string_view name : {"url_title", "device", "sound"})
    form.add(std::string(name), draft.text(name));
  form.add("priority", draft.text("priority", R"({{ if eq .Status "firing" }}2{{ else }}0{{ end }})"));
  form.add("retry", std::to_string(section.duration("retry", 1min) / 1s));
  form.add("expire", std::to_string(section.duration("expire", 1h) / 1s));
  if (const Duration ttl = section.duration("ttl"); ttl > Duration::zero())
    form.add("ttl", std::to_string(ttl / 1s));
  auto call = std::make_shared<HttpCall>();
  call->url = "https://api.pushover.net/1/messages.json";
  call->headers.set("Content-Type", "application/x-www-form-urlencoded");
  call->body = form.to_string();
  return Calls{std::move(call)};
}

constexpr HttpKind posted_chat_kinds[] = {{"discord", webhook_url, write_discord},
                                          {"msteams", webhook_url, write_msteams},
                                          {"msteamsv2", webhook_url, write_msteamsv2},
                                          {"telegram", telegram_secrets, write_telegram, judge_telegram},
                                          {"webex", {}, write_webex},
                                          {"pushover", pushover_secrets, write_pushover}};

}  // namespace

std::span<const HttpKind> chat_kinds() { return posted_chat_kinds; }

}  // namespace aloft::telemetry::alerts
