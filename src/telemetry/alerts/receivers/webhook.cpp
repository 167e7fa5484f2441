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

class Webhook final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  std::vector<std::pair<std::string, std::string>> secret_fields() const override {
    return {{"url", "url_file"}};
  }
  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    auto call = std::make_shared<HttpCall>();
    call->url = texts.text(secrets.at("url"));
    if (texts.error().empty() && call->url.empty())
      return fail(Code::invalid, "webhook URL is empty after templating");
    call->headers.set("Content-Type", "application/json");
    const YamlNode* payload = section().any("payload");
    call->body = payload != nullptr ? model::to_json(expand_yaml(*payload, texts))
                                    : webhook_json(message, kit().templates->external_url(),
                                                   static_cast<std::size_t>(section().integer("max_alerts")));
    call->body += '\n';
    return call;
  }
};

}  // namespace

std::string webhook_json(const Notification& message, const std::string& external_url,
                         std::size_t most_alerts) {
  std::vector<AlertPtr> alerts = message.alerts;
  std::size_t truncated = 0;
  if (most_alerts > 0 && alerts.size() > most_alerts) {
    truncated = alerts.size() - most_alerts;
    alerts.resize(most_alerts);
  }
  bool firing = false;
  for (const AlertPtr& alert : alerts) firing = firing || !alert->resolved(message.now);
  std::string out = "{\"receiver\":";
  model::append_json_string(out, quote_meta(message.receiver));
  out += fmt::format(",\"status\":\"{}\",\"alerts\":[", firing ? "firing" : "resolved");
  for (const AlertPtr& alert : alerts) {
    if (&alert != &alerts.front()) out += ',';
    append_alert(out, *alert, alert->resolved(message.now));
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
  out += ",\"version\":\"4\",\"groupKey\":";
  model::append_json_string(out, message.group_key);
  return out + fmt::format(",\"truncatedAlerts\":{}}}", truncated);
}

std::unique_ptr<Notifier> make_webhook(ReceiverKit kit, Section section) {
  return std::make_unique<Webhook>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
