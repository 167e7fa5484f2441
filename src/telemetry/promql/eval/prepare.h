// Makes an expression ready for one query: durations become numbers, start() and end() times, and what no
// step changes is marked to be evaluated once.
#pragma once

#include "telemetry/promql/engine.h"

namespace aloft::telemetry::promql {

// Error: invalid for durations that are not positive, too long or divided by zero.
Result<ExprPtr> prepare(const Expr& expr, Millis start, Millis end, Millis step);

}  // namespace aloft::telemetry::promql
