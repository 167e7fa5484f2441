// The webhook: the message itself as JSON, version 4.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"
#include "telemetry/core/regex.h"

namespace aloft::telemetry::alerts {
namespace {

void append_labels(std::string& out, const LabelMap& labels) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : labels) {
    if (!std::exchange(first, false)) out += ',';
    model::append_json_string(out, name);
    out += ':';
    model::append_json_string(out, value);
  }
  out += '}';
}

void append_alert(std::string& out, const Alert& alert, bool resolved) {
  out += fmt::format("{{\"status\":\"{}\",\"labels\":", resolved ? "resolved" : "firing");
  append_labels(out, alert.labels);
  out += ",\"annotations\":";
  append_labels(out, alert.annotations);
  out += fmt::format(",\"startsAt\":\"{}\",\"endsAt\":\"{}\",\"generatorURL\":", json_time(alert.starts_at),
                     json_time(resolved ? alert.ends_at : WallTime{}));
  model::append_json_string(out, alert.generator_url);
  out += fmt::format(",\"fingerprint\":\"{}\"}}", fingerprint_text(alert.fingerprint));
}

constexpr SecretField webhook_secrets[] = {{"url", "url_file"}};

Result<Calls> write_webhook(const Draft& draft) {
  auto call = std::make_shared<HttpCall>();
  call->url = draft.texts.text(draft.secret("url"));
  if (draft.texts.error().empty() && call->url.empty())
    return fail(Code::invalid, "webhook URL is empty after templating");
  call->headers.set("Content-Type", "application/json");
  const YamlNode* payload = draft.section.any("payload");
  WebhookForm form;
  form.most_alerts = static_cast<std::size_t>(draft.section.integer("max_alerts"));
  call->body = payload != nullptr ? model::to_json(expand_yaml(*payload, draft.texts))
                                  : webhook_json(draft.message, draft.kit.templates->external_url(), form);
  call->body += '\n';
  return Calls{std::move(call)};
}

constexpr HttpKind posted_webhook_kinds[] = {{"webhook", webhook_secrets, write_webhook}};

}  // namespace

std::string webhook_json(const Notification& message, const std::string& external_url,
                         const WebhookForm& form) {
  std::vector<AlertPtr> alerts = message.alerts;
  std::size_t truncated = 0;
  if (form.most_alerts > 0 && alerts.size() > form.most_alerts) {
    truncated = alerts.size() - form.most_alerts;
    alerts.resize(form.most_alerts);
  }
  bool firing = false;
  for (const AlertPtr& alert : alerts) firing = firing || !alert->resolved(message.now);
  std::string out = "{\"receiver\":";
  model::append_json_string(out, quote_meta(message.receiver));
  out += fmt::format(",\"status\":\"{}\",\"alerts\":[", firing ? "firing" : "resolved");
  for (std::size_t i = 0; i < std::min(alerts.size(), form.listed); ++i) {
    if (i > 0) out += ',';
    append_alert(out, *alerts[i], alerts[i]->resolved(message.now));
  }
  out += "],\"notification_reason\":";
  model::append_json_string(out, to_string(message.reason));
  out += ",\"groupLabels\":";
  append_labels(out, message.group_labels);
  out += ",\"commonLabels\":";
  append_labels(out, common_labels(alerts));
  out += ",\"commonAnnotations\":";
  append_labels(out, common_annotations(alerts));
  out += ",\"routeLabels\":";
  append_labels(out, message.route_labels);
  out += ",\"externalURL\":";
  model::append_json_string(out, external_url);
  out += fmt::format(",\"version\":\"{}\",\"groupKey\":", form.version);
  model::append_json_string(out, message.group_key);
  return out + fmt::format(",\"truncatedAlerts\":{}}}", truncated);
}

std::span<const HttpKind> webhook_kinds() { return posted_webhook_kinds; }

}  // namespace aloft::telemetry::alerts
