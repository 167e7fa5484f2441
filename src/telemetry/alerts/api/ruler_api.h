// Loki's ruler interface: groups of LogQL rules are put in, listed and removed by namespace, and their states
// are shown as Prometheus shows those of its rules.
#pragma once

#include <functional>
#include <string>

#include "telemetry/alerts/api/answers.h"
#include "telemetry/alerts/rules/kept_groups.h"
#include "telemetry/alerts/rules/rule_manager.h"

namespace aloft::telemetry::alerts {

struct RulerParts {
  KeptGroups& groups;  // on the alerts' loop
  const RuleManager& rules;
  StateWriter& writer;
  std::string folder;  // of the namespaces' files; empty: none are kept
  // The groups of a namespace have changed, on the alerts' loop.
  std::function<void(const std::string& name)> changed;
};

// /loki/api/v1/rules and below, /prometheus/api/v1/rules and /prometheus/api/v1/alerts. A change is answered
// when it is on the disk. What is given outlives the router.
void add_ruler_routes(Router& router, Between between, RulerParts parts);

}  // namespace aloft::telemetry::alerts
