// The Alertmanager's v2 interface: status, receivers, alerts, groups, silences.
#pragma once

#include <memory>
#include <string>

#include "telemetry/alerts/api/answers.h"
#include "telemetry/alerts/manager/manager.h"

namespace aloft::telemetry::alerts {

// Adds the routes below `prefix` ("" or "/alertmanager"). The manager outlives the router.
void add_manager_routes(Router& router, std::string_view prefix, Between between, Manager& manager);

}  // namespace aloft::telemetry::alerts
