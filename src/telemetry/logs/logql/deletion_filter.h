// The query of a deletion request, made ready for the store.
#pragma once

#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs::logql {

// A log query; what it accepts is covered. Error: bad_request, as of parse().
Result<DeletionFilter> compile_deletion(std::string_view query);

}  // namespace aloft::telemetry::logs::logql
