// Log queries: entries in order of time.
#pragma once

#include "telemetry/logs/logql/execution.h"

namespace aloft::telemetry::logs::logql {

Result<std::vector<ResultStream>> run_log_query(Execution& execution, const LogQuery& query);

}  // namespace aloft::telemetry::logs::logql
