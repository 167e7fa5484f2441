// The Prometheus interface of rules and alerts, and the history of alerts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "telemetry/alerts/api/answers.h"
#include "telemetry/alerts/manager/history.h"
#include "telemetry/alerts/rules/rule_manager.h"

namespace aloft::telemetry::alerts {

enum class RulesOf { every_language, other_languages };  // other than PromQL

// /api/v1/rules and /api/v1/alerts below a prefix.
void add_state_routes(Router& router, std::string_view prefix, Between between, const RuleManager& rules,
                      RulesOf which);
// /api/v1/rules, /api/v1/alerts and /api/v1/alerts/history. What is given outlives the router.
void add_rules_routes(Router& router, Between between, const RuleManager& rules, const History& history);

// URLs at which Alertmanagers take alerts.
struct KnownManagers {
  std::vector<std::string> active;
  std::vector<std::string> dropped;
};
// Called on the alerts' loop.
using ManagersQuery = std::function<KnownManagers()>;
// /api/v1/alertmanagers.
void add_alertmanagers_route(Router& router, Between between, ManagersQuery managers);

}  // namespace aloft::telemetry::alerts
