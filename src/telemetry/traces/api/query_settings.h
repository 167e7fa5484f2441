// What queries of the traces' interfaces may cost.
#pragma once

#include <cstddef>

#include "telemetry/traces/traceql/scan.h"

namespace aloft::telemetry::traces {

struct QuerySettings {
  std::size_t threads = 2;         // that one query may use
  std::size_t default_limit = 20;  // traces of a search
  std::size_t limit = 10'000;
  std::size_t spans_per_set = 1'000;  // of a search, at most
  std::size_t tag_values = 10'000;
  traceql::ScanLimits scan;
};

}  // namespace aloft::telemetry::traces
