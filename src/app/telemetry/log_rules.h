// LogQL as a language of rules, so that alerts fire on what lines say, as with Loki's ruler.
#pragma once

#include <memory>

#include "telemetry/alerts/rules/rule_language.h"
#include "telemetry/logs/logql/engine.h"

namespace aloft::app {

// The engine outlives every rule.
std::shared_ptr<const telemetry::alerts::RuleLanguage> log_rule_language(
    const telemetry::logs::logql::Engine& engine);

}  // namespace aloft::app
