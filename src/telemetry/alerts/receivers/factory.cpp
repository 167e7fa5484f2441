// Which notifier stands for which kind of receiver.
#include <fmt/format.h>

#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

using Maker = std::unique_ptr<Notifier> (*)(ReceiverKit, Section);

struct OwnKind {
  std::string_view name;
  Maker make;
};
constexpr OwnKind own_kinds[] = {
    {"email", make_email}, {"jira", make_jira}, {"sns", make_sns}, {"wechat", make_wechat}};

}  // namespace

NotifierFactory make_notifier_factory(ReceiverKit kit) {
  return [kit = std::move(kit)](const ReceiverConfig&,
                                const IntegrationConfig& config) -> Result<std::unique_ptr<Notifier>> {
    for (const auto rows :
         {chat_kinds(), attachment_kinds(), incident_kinds(), pagerduty_kinds(), webhook_kinds()}) {
      for (const HttpKind& kind : rows) {
        if (kind.name == config.kind) return make_http_notifier(kind, kit, config.section);
      }
    }
    for (const OwnKind& kind : own_kinds) {
      if (kind.name == config.kind) return kind.make(kit, config.section);
    }
    return fail(Code::invalid, fmt::format("there is no kind of receiver named {}", config.kind));
  };
}

}  // namespace aloft::telemetry::alerts
