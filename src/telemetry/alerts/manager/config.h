// The Alertmanager's configuration file, read strictly and checked as a whole.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/alerts/config/section.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/alerts/manager/time_intervals.h"
#include "telemetry/core/matcher.h"

namespace aloft::telemetry::alerts {

struct RouteConfig {
  std::string receiver;
  std::optional<std::vector<std::string>> group_by;
  bool group_by_all = false;
  std::vector<Matcher> matchers;
  std::vector<std::string> mute_time_intervals;
  std::vector<std::string> active_time_intervals;
  bool goes_on = false;  // continue
  std::optional<Duration> group_wait;
  std::optional<Duration> group_interval;
  std::optional<Duration> repeat_interval;
  LabelMap labels;
  std::vector<RouteConfig> routes;
};

struct InhibitRule {
  std::string name;
  std::vector<Matcher> source;
  std::vector<Matcher> target;
  std::vector<std::string> equal;
};

// One way to reach a receiver.
struct IntegrationConfig {
  std::string kind;       // "slack"
  std::size_t index = 0;  // among those of its kind in the receiver
  bool send_resolved = true;
  Section section;
};

struct ReceiverConfig {
  std::string name;
  LabelMap labels;  // with "name"
  std::vector<IntegrationConfig> integrations;
};

// Beyond Alertmanager: what protects receivers from storms. A count of 0 switches a part off.
struct StormConfig {
  // An alert that changes between firing and resolved so often within the window is held: its group learns of
  // nothing until it has kept one state for `hold_down`.
  std::int64_t flap_changes = 10;
  Duration flap_window = 10min;
  Duration hold_down = 5min;
  // More notifications than this to one receiver within the window are held back; one summary follows.
  std::int64_t receiver_limit = 500;
  Duration receiver_window = 1min;
};

struct ManagerConfig {
  Duration resolve_timeout = 5min;
  RouteConfig route;
  std::vector<ReceiverConfig> receivers;
  std::vector<InhibitRule> inhibit_rules;
  std::map<std::string, std::vector<TimeInterval>, std::less<>> time_intervals;
  std::vector<std::string> templates;  // file patterns
  StormConfig storm;
  std::string masked;  // the file with secrets hidden, as the status shows it
};

// Error: invalid, naming line, section and field.
Result<ManagerConfig> parse_manager_config(std::string_view text);
// Relative paths are relative to the file's folder. Blocks. Error: also not_found and the like, naming the
// file.
Result<ManagerConfig> load_manager_config(const std::string& path);

}  // namespace aloft::telemetry::alerts
