// What a receiver must say, alone and together with the global settings.
#include <algorithm>
#include <array>
#include <initializer_list>

#include <fmt/format.h>

#include "telemetry/alerts/manager/receiver_schemas.h"

namespace aloft::telemetry::alerts {
namespace {

bool set(const Section& section, std::string_view name) { return !section.text(name).empty(); }

std::string at_most_one(const Section& section, std::string_view a, std::string_view b) {
  if (set(section, a) && set(section, b))
    return fmt::format("at most one of {} & {} must be configured", a, b);
  return "";
}
std::string exactly_one(const Section& section, std::string_view a, std::string_view b) {
  if (!set(section, a) && !set(section, b)) return fmt::format("one of {} or {} must be configured", a, b);
  return at_most_one(section, a, b);
}
// The first that is not empty.
std::string first_of(std::initializer_list<std::string> messages) {
  for (const std::string& message : messages) {
    if (!message.empty()) return message;
  }
  return "";
}
std::string when(bool wrong, std::string_view message) {
  return wrong ? std::string(message) : std::string();
}

bool has_authorization(const Section& section) {
  const Section* client = section.section("http_config");
  return client != nullptr && client->section("authorization") != nullptr;
}

std::string check_email(const Section& s) {
  if (!set(s, "to")) return "missing to address in email config";
  std::map<std::string, int> seen;
  for (const auto& [name, value] : s.map("headers")) {
    std::string canonical = name;
    bool upper = true;
    for (char& c : canonical) {
      c = static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
      upper = c == '-';
    }
    if (++seen[canonical] > 1) return fmt::format("duplicate header \"{}\" in email config", canonical);
  }
  const Section* threading = s.section("threading");
  if (threading == nullptr || !threading->flag("enabled", false)) return "";
  if (seen.contains("References"))
    return "conflicting configuration: threading.enabled conflicts with custom References header";
  if (seen.contains("In-Reply-To"))
    return "conflicting configuration: threading.enabled conflicts with custom In-Reply-To header";
  const std::string by = threading->text("thread_by_date");
  return when(by != "none" && by != "daily", "threading.thread_by_date must be either 'none' or 'daily'");
}

std::string check_slack(const Section& s) {
  const bool url = set(s, "api_url") || set(s, "api_url_file");
  const bool token = set(s, "app_token") || set(s, "app_token_file");
  std::string wrong = first_of(
      {at_most_one(s, "api_url", "api_url_file"), at_most_one(s, "app_token", "app_token_file"),
       when(url && token,
            "at most one of api_url/api_url_file & app_token/app_token_file must be configured"),
       when(s.flag("update_message", false) && s.text("api_url") != "https://slack.com/api/chat.postMessage",
            "update_message can only be used with bot tokens. api_url must be set to "
            "https://slack.com/api/chat.postMessage")});
  for (const Section& field : s.sections("fields")) {
    if (wrong.empty() && !set(field, "title")) wrong = "missing title in Slack field configuration";
    if (wrong.empty() && !set(field, "value")) wrong = "missing value in Slack field configuration";
  }
  for (const Section& action : s.sections("actions")) {
    const Section* confirm = action.section("confirm");
    if (!wrong.empty()) break;
    wrong = first_of({when(!set(action, "type"), "missing type in Slack action configuration"),
                      when(!set(action, "text"), "missing text in Slack action configuration"),
                      when(!set(action, "url") && !set(action, "name"),
                           "missing name or url in Slack action configuration"),
                      when(confirm != nullptr && !set(*confirm, "text"),
                           "missing text in Slack confirmation configuration")});
  }
  return wrong;
}

std::string check_opsgenie(const Section& s) {
  std::string wrong = at_most_one(s, "api_key", "api_key_file");
  for (const Section& responder : s.sections("responders")) {
    if (!wrong.empty()) return wrong;
    const bool named = set(responder, "id") || set(responder, "username") || set(responder, "name");
    if (!named) return "opsGenieConfig responder has to have at least one of id, username or name specified";
    std::string type = responder.text("type");
    if (type.find("{{") != std::string::npos) continue;
    for (char& c : type) c = static_cast<char>(std::tolower(c));
    constexpr std::array<std::string_view, 5> valid = {"team", "teams", "user", "escalation", "schedule"};
    if (std::find(valid.begin(), valid.end(), type) == valid.end())
      wrong = fmt::format(
          "opsGenieConfig responder type \"{}\" does not match valid options "
          "^(team|teams|user|escalation|schedule)$",
          type);
  }
  return wrong;
}

std::string check_victorops(const Section& s) {
  for (const std::string_view reserved :
       {"routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id",
        "entity_state"}) {
    if (s.map("custom_fields").contains(std::string(reserved)))
      return fmt::format(
          "victorOps config contains custom field {} which cannot be used as it conflicts with the "
          "fixed/static fields",
          reserved);
  }
  return first_of({when(!set(s, "routing_key"), "missing Routing key in VictorOps config"),
                   at_most_one(s, "api_key", "api_key_file")});
}

std::string check_telegram(const Section& s) {
  const bool id = s.integer("chat_id") != 0;
  const std::string mode = s.text("parse_mode", "HTML");
  return first_of(
      {at_most_one(s, "bot_token", "bot_token_file"),
       when(!id && !set(s, "chat_id_file"), "missing chat_id or chat_id_file on telegram_config"),
       when(id && set(s, "chat_id_file"), "at most one of chat_id & chat_id_file must be configured"),
       when(!mode.empty() && mode != "Markdown" && mode != "MarkdownV2" && mode != "HTML",
            "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string")});
}

std::string check_incidentio(const Section& s) {
  const bool token = set(s, "alert_source_token") || set(s, "alert_source_token_file");
  return first_of({exactly_one(s, "url", "url_file"),
                   at_most_one(s, "alert_source_token", "alert_source_token_file"),
                   when(token && has_authorization(s),
                        "cannot specify alert_source_token or alert_source_token_file when using "
                        "http_config.authorization"),
                   when(!token && s.section("http_config") != nullptr && !has_authorization(s),
                        "at least one of alert_source_token, alert_source_token_file or "
                        "http_config.authorization must be configured")});
}

std::string check_jira(const Section& s) {
  const std::string type = s.text("api_type", "auto");
  return first_of({when(!set(s, "project"), "missing project in jira_config"),
                   when(!set(s, "issue_type"), "missing issue_type in jira_config"),
                   when(type != "auto" && type != "cloud" && type != "datacenter",
                        "unknown api_type on jira_config, must be auto, cloud or datacenter")});
}

std::string check_mattermost(const Section& s) {
  std::string wrong = at_most_one(s, "webhook_url", "webhook_url_file");
  for (const Section& field : s.sections("fields")) {
    if (!wrong.empty()) break;
    wrong = first_of({when(!set(field, "title"), "missing title in Mattermost field configuration"),
                      when(!set(field, "value"), "missing value in Mattermost field configuration")});
  }
  return wrong;
}

std::string check_http(const Section& client) {
  const Section* basic = client.section("basic_auth");
  const Section* authorization = client.section("authorization");
  const bool bearer = set(client, "bearer_token") || set(client, "bearer_token_file");
  const int ways = (basic != nullptr ? 1 : 0) + (authorization != nullptr ? 1 : 0) + (bearer ? 1 : 0) +
                   (client.section("oauth2") != nullptr ? 1 : 0);
  if (set(client, "bearer_token") && set(client, "bearer_token_file"))
    return "at most one of bearer_token & bearer_token_file must be configured";
  if (ways > 1)
    return "at most one of basic_auth, oauth2, authorization, bearer_token & bearer_token_file must be "
           "configured";
  if (basic != nullptr && set(*basic, "password") && set(*basic, "password_file"))
    return "at most one of basic_auth password, password_file & password_ref must be configured";
  if (authorization != nullptr) {
    if (set(*authorization, "credentials") && set(*authorization, "credentials_file"))
      return "at most one of authorization credentials & credentials_file must be configured";
    if (authorization->text("type") == "basic" || authorization->text("type") == "Basic")
      return "authorization type cannot be set to \"basic\", use \"basic_auth\" instead";
  }
  return "";
}

// A value from the global settings, unless the section has its own or the file beside it.
void inherit_pair(Section& s, const Section& global, std::string_view value, std::string_view file,
                  std::string_view global_value, std::string_view global_file) {
  if (set(s, value) || set(s, file)) return;
  s.inherit(value, global, global_value);
  s.inherit(file, global, global_file);
}

void inherit_or(Section& s, const Section& global, std::string_view name, std::string_view global_name,
                std::string_view fallback) {
  s.inherit(name, global, global_name);
  if (!set(s, name) && !fallback.empty()) s.set(name, std::string(fallback));
}

std::string complete_email(Section& s, const Section& global) {
  s.inherit("tls_config", global, "smtp_tls_config");
  s.inherit("smarthost", global, "smtp_smarthost");
  s.inherit("from", global, "smtp_from");
  inherit_or(s, global, "hello", "smtp_hello", "localhost");
  s.inherit("auth_username", global, "smtp_auth_username");
  s.inherit("auth_identity", global, "smtp_auth_identity");
  inherit_pair(s, global, "auth_password", "auth_password_file", "smtp_auth_password",
               "smtp_auth_password_file");
  inherit_pair(s, global, "auth_secret", "auth_secret_file", "smtp_auth_secret", "smtp_auth_secret_file");
  s.inherit("require_tls", global, "smtp_require_tls");
  s.inherit("force_implicit_tls", global, "smtp_force_implicit_tls");
  if (!set(s, "smarthost")) return "no global SMTP smarthost set";
  const std::string smarthost = s.text("smarthost");
  const std::size_t colon = smarthost.rfind(':');
  if (colon == std::string::npos) return fmt::format("address {}: missing port in address", smarthost);
  if (colon + 1 == smarthost.size()) return fmt::format("address \"{}\": port cannot be empty", smarthost);
  return when(!set(s, "from"), "no global SMTP from set");
}

std::string complete_slack(Section& s, const Section& global) {
  inherit_or(s, global, "app_url", "slack_app_url", "https://slack.com/api/chat.postMessage");
  if (!set(s, "app_token") && !set(s, "app_token_file") && !has_authorization(s) && !set(s, "api_url")) {
    s.inherit("app_token", global, "slack_app_token");
    s.inherit("app_token_file", global, "slack_app_token_file");
  }
  inherit_pair(s, global, "api_url", "api_url_file", "slack_api_url", "slack_api_url_file");
  const bool token = set(s, "app_token") || set(s, "app_token_file");
  if (!set(s, "api_url") && !set(s, "api_url_file") && !token)
    return "no Slack API URL nor App token set either inline or in a file";
  if (!token) return "";
  if (has_authorization(s)) return "http authorization can't be set when using Slack App tokens";
  s.set("api_url", s.text("app_url"));
  return "";
}

std::string complete_wechat(Section& s, const Section& global) {
  inherit_or(s, global, "api_url", "wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/");
  inherit_pair(s, global, "api_secret", "api_secret_file", "wechat_api_secret", "wechat_api_secret_file");
  if (!set(s, "api_secret") && !set(s, "api_secret_file"))
    return "no global Wechat Api Secret set either inline or in a file";
  s.inherit("corp_id", global, "wechat_api_corp_id");
  return when(!set(s, "corp_id"), "no global Wechat CorpID set");
}

std::string complete_rocketchat(Section& s, const Section& global) {
  inherit_or(s, global, "api_url", "rocketchat_api_url", "https://open.rocket.chat/");
  inherit_pair(s, global, "token_id", "token_id_file", "rocketchat_token_id", "rocketchat_token_id_file");
  inherit_pair(s, global, "token", "token_file", "rocketchat_token", "rocketchat_token_file");
  return first_of({when(!set(s, "token_id") && !set(s, "token_id_file"),
                        "no global Rocketchat TokenID set either inline or in a file"),
                   when(!set(s, "token") && !set(s, "token_file"),
                        "no global Rocketchat Token set either inline or in a file")});
}

}  // namespace

std::string check_receiver(std::string_view kind, const Section& s) {
  if (const Section* client = s.section("http_config")) {
    if (std::string wrong = check_http(*client); !wrong.empty()) return wrong;
  }
  if (kind == "email") return check_email(s);
  if (kind == "slack") return check_slack(s);
  if (kind == "webhook") return exactly_one(s, "url", "url_file");
  if (kind == "pagerduty") {
    const bool any = set(s, "routing_key") || set(s, "service_key") || set(s, "routing_key_file") ||
                     set(s, "service_key_file");
    return first_of({when(!any, "missing service or routing key in PagerDuty config"),
                     at_most_one(s, "routing_key", "routing_key_file"),
                     at_most_one(s, "service_key", "service_key_file")});
  }
  if (kind == "opsgenie") return check_opsgenie(s);
  if (kind == "victorops") return check_victorops(s);
  if (kind == "telegram") return check_telegram(s);
  if (kind == "incidentio") return check_incidentio(s);
  if (kind == "jira") return check_jira(s);
  if (kind == "mattermost") return check_mattermost(s);
  if (kind == "discord" || kind == "msteams" || kind == "msteamsv2")
    return exactly_one(s, "webhook_url", "webhook_url_file");
  if (kind == "pushover")
    return first_of({exactly_one(s, "user_key", "user_key_file"), exactly_one(s, "token", "token_file"),
                     when(s.flag("html", false) && s.flag("monospace", false),
                          "at most one of monospace & html must be configured")});
  if (kind == "sns") {
    const bool odd =
        (s.text("target_arn").empty() != s.text("topic_arn").empty()) != s.text("phone_number").empty();
    return when(odd, "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config");
  }
  if (kind == "webex")
    return first_of({when(!set(s, "room_id"), "missing room_id on webex_config"),
                     when(!has_authorization(s), "missing webex_configs.http_config.authorization")});
  if (kind == "wechat") {
    const std::string type = s.text("message_type", "text");
    return first_of(
        {when(type != "text" && type != "markdown",
              fmt::format("weChat message type \"{}\" does not match valid options ^(text|markdown)$", type)),
         at_most_one(s, "api_secret", "api_secret_file")});
  }
  if (kind == "rocketchat")
    return first_of({at_most_one(s, "token", "token_file"), at_most_one(s, "token_id", "token_id_file")});
  return "";
}

std::string complete_receiver(std::string_view kind, Section& s, const Section& global) {
  if (kind != "email") s.inherit("http_config", global, "http_config");
  if (kind == "email") return complete_email(s, global);
  if (kind == "slack") return complete_slack(s, global);
  if (kind == "wechat") return complete_wechat(s, global);
  if (kind == "rocketchat") return complete_rocketchat(s, global);
  if (kind == "pagerduty")
    inherit_or(s, global, "url", "pagerduty_url", "https://events.pagerduty.com/v2/enqueue");
  if (kind == "opsgenie") {
    inherit_or(s, global, "api_url", "opsgenie_api_url", "https://api.opsgenie.com/");
    inherit_pair(s, global, "api_key", "api_key_file", "opsgenie_api_key", "opsgenie_api_key_file");
    return when(!set(s, "api_key") && !set(s, "api_key_file"),
                "no global OpsGenie API Key set either inline or in a file");
  }
  if (kind == "victorops") {
    inherit_or(s, global, "api_url", "victorops_api_url",
               "https://alert.victorops.com/integrations/generic/20131114/alert/");
    inherit_pair(s, global, "api_key", "api_key_file", "victorops_api_key", "victorops_api_key_file");
    return when(!set(s, "api_key") && !set(s, "api_key_file"), "no global VictorOps API Key set");
  }
  if (kind == "telegram") {
    inherit_or(s, global, "api_url", "telegram_api_url", "https://api.telegram.org");
    inherit_pair(s, global, "bot_token", "bot_token_file", "telegram_bot_token", "telegram_bot_token_file");
    return when(!set(s, "bot_token") && !set(s, "bot_token_file"),
                "missing bot_token or bot_token_file on telegram_config");
  }
  if (kind == "webex") inherit_or(s, global, "api_url", "webex_api_url", "https://webexapis.com/v1/messages");
  if (kind == "jira") {
    s.inherit("api_url", global, "jira_api_url");
    return when(!set(s, "api_url"), "no global Jira Cloud URL set");
  }
  if (kind == "mattermost") {
    inherit_pair(s, global, "webhook_url", "webhook_url_file", "mattermost_webhook_url",
                 "mattermost_webhook_url_file");
    return when(!set(s, "webhook_url") && !set(s, "webhook_url_file"),
                "missing webhook_url or webhook_url_file on mattermost_config");
  }
  return "";
}

}  // namespace aloft::telemetry::alerts
