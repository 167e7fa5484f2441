// Range aggregations: from log lines to samples at the instants of a query.
#pragma once

#include "telemetry/logs/logql/execution.h"
#include "telemetry/logs/logql/series.h"

namespace aloft::telemetry::logs::logql {

// `outer` is the grouping of a sum around it, which may be applied to lines already; null when there is none.
Result<Frame> run_range_query(Execution& execution, const Expr& expr,
                              const std::vector<std::int64_t>& times_ns,
                              const std::optional<Grouping>* outer);

}  // namespace aloft::telemetry::logs::logql
