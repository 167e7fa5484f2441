// Which notifier stands for which kind of receiver.
#include <fmt/format.h>

#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

using Maker = std::unique_ptr<Notifier> (*)(ReceiverKit, Section);

struct Kind {
  std::string_view name;
  Maker make;
};

constexpr Kind kinds[] = {{"webhook", make_webhook},       {"slack", make_slack},
                          {"pagerduty", make_pagerduty},   {"email", make_email},
                          {"opsgenie", make_opsgenie},     {"victorops", make_victorops},
                          {"pushover", make_pushover},     {"telegram", make_telegram},
                          {"discord", make_discord},       {"msteams", make_msteams},
                          {"msteamsv2", make_msteamsv2},   {"webex", make_webex},
                          {"mattermost", make_mattermost}, {"rocketchat", make_rocketchat},
                          {"incidentio", make_incidentio}, {"sns", make_sns}};

// Accepted in a configuration, not spoken: the failure is on record with every notification.
class Unspoken final : public Notifier {
 public:
  explicit Unspoken(std::string kind) : kind_(std::move(kind)) {}
  io::Task<Delivery> send(std::shared_ptr<const Notification>) override {
    co_return Delivery::failed(
        false, fmt::format("receivers of the kind {} are read but cannot be notified", kind_));
  }

 private:
  std::string kind_;
};

}  // namespace

NotifierFactory make_notifier_factory(ReceiverKit kit) {
  return [kit = std::move(kit)](const ReceiverConfig&,
                                const IntegrationConfig& config) -> Result<std::unique_ptr<Notifier>> {
    for (const Kind& kind : kinds) {
      if (kind.name == config.kind) return kind.make(kit, config.section);
    }
    return std::make_unique<Unspoken>(config.kind);
  };
}

}  // namespace aloft::telemetry::alerts
