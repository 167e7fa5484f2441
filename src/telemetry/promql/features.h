// What the query language can do, as /api/v1/features tells clients.
#pragma once

#include <map>
#include <string>

namespace aloft::telemetry::promql {

// Features by category, with Prometheus' names: "promql", "promql_functions" and "promql_operators".
std::map<std::string, std::map<std::string, bool>> query_features();

}  // namespace aloft::telemetry::promql
