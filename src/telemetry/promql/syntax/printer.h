// Pieces of printed expressions that the printer and the prettifier share.
#pragma once

#include <string>
#include <string_view>

#include "telemetry/promql/ast.h"

namespace aloft::telemetry::promql {

std::string_view to_string(DurationOp op);
std::string_view to_string(MatchType type);
// `sum by (job) `: an aggregation without its arguments.
std::string aggregate_head(const Aggregate& node);
// ` on (job) group_left (x)`.
std::string matching_text(const Binary& node);
// `[5m:1m] @ 10.000 offset 1h`.
std::string subquery_suffix(const Subquery& node);

}  // namespace aloft::telemetry::promql
