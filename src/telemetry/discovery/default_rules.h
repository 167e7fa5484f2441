// The rules that come with Aloft: recording rules for its dashboards, and alerts for what goes wrong in any
// cloud. A user's own rules stand beside them.
#pragma once

#include <string_view>

namespace aloft::telemetry::discovery {

// A Prometheus rule file.
std::string_view default_rule_file();

}  // namespace aloft::telemetry::discovery
