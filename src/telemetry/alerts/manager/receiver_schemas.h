// The fields of Alertmanager's configuration: global settings and every kind of receiver (upstream 0.34).
#pragma once

#include <span>
#include <string_view>

#include "telemetry/alerts/config/section.h"

namespace aloft::telemetry::alerts {

struct ReceiverKind {
  std::string_view name;   // "slack", as integrations are called in metrics and logs
  std::string_view field;  // "slack_configs"
  const Schema* schema = nullptr;
  bool send_resolved = true;  // unless the configuration says otherwise
};

std::span<const ReceiverKind> receiver_kinds();
const Schema& global_schema();
const Schema& http_client_schema();

// What upstream checks while it reads a receiver of that kind; the message names the field. Empty: good.
std::string check_receiver(std::string_view kind, const Section& section);
// Takes over what the global settings say and checks what must come from one of the two.
std::string complete_receiver(std::string_view kind, Section& section, const Section& global);

}  // namespace aloft::telemetry::alerts
