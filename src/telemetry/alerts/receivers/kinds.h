// The kinds of receivers there are.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "telemetry/alerts/receivers/http_notifier.h"

namespace aloft::telemetry::alerts {

// The rows of the table, by the file that writes them.
std::span<const HttpKind> chat_kinds();        // Discord, Teams, Telegram, Webex, Pushover
std::span<const HttpKind> attachment_kinds();  // Slack, Mattermost, Rocket.Chat
std::span<const HttpKind> incident_kinds();    // Opsgenie, VictorOps, incident.io
std::span<const HttpKind> pagerduty_kinds();
std::span<const HttpKind> webhook_kinds();

// Those that answers are needed of before a message can be sent, or that are no HTTP.
std::unique_ptr<Notifier> make_jira(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_wechat(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_sns(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_email(ReceiverKit kit, Section section);

struct WebhookForm {
  std::string_view version = "4";
  std::size_t most_alerts = 0;                        // that the message is about; 0: all
  std::size_t listed = static_cast<std::size_t>(-1);  // of them that stand in it
};
// The body of a webhook without the line break at its end.
std::string webhook_json(const Notification& message, const std::string& external_url,
                         const WebhookForm& form);

// The factory over all of them.
NotifierFactory make_notifier_factory(ReceiverKit kit);

}  // namespace aloft::telemetry::alerts
