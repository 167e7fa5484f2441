// The Prometheus interface of rules and alerts, and the history of alerts.
#pragma once

#include <string>

#include "telemetry/alerts/api/answers.h"
#include "telemetry/alerts/manager/history.h"
#include "telemetry/alerts/rules/rule_manager.h"

namespace aloft::telemetry::alerts {

// /api/v1/rules, /api/v1/alerts, /api/v1/alertmanagers and /api/v1/alerts/history. `manager_url` is where our
// own Alertmanager takes alerts. What is given outlives the router.
void add_rules_routes(Router& router, Between between, const RuleManager& rules, const History& history,
                      std::string manager_url);

}  // namespace aloft::telemetry::alerts
