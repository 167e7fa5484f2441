// The kinds of receivers there are.
#pragma once

#include <memory>
#include <string>

#include "telemetry/alerts/receivers/http_notifier.h"

namespace aloft::telemetry::alerts {

std::unique_ptr<Notifier> make_webhook(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_slack(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_pagerduty(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_opsgenie(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_victorops(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_pushover(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_telegram(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_discord(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_msteams(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_msteamsv2(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_webex(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_mattermost(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_rocketchat(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_incidentio(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_sns(ReceiverKit kit, Section section);
std::unique_ptr<Notifier> make_email(ReceiverKit kit, Section section);

// The body of a webhook without the line break at its end. `most_alerts` 0: all.
std::string webhook_json(const Notification& message, const std::string& external_url,
                         std::size_t most_alerts);

// The factory over all of them. Kinds that only validate (jira, wechat) notify of nothing: their entries are
// made into notifiers that fail and say so.
NotifierFactory make_notifier_factory(ReceiverKit kit);

}  // namespace aloft::telemetry::alerts
