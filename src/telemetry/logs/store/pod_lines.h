// The lines of one container as `kubectl logs` shows them, read from the store when the container's files are
// gone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs {

struct PodLinesRequest {
  std::string tenant;
  std::string name_space, pod, container;  // labels namespace, pod, container
  std::string pod_uid;                     // the field pod_uid, where entries have it; empty: any
  std::int64_t start_ns = INT64_MIN;       // included
  std::int64_t end_ns = INT64_MAX;         // not included
  std::int64_t tail_lines = -1;            // the last ones only; negative: all
  std::int64_t limit_bytes = -1;           // negative: without limit
};
struct PodLine {
  std::int64_t time_ns = 0;
  std::string_view stream;  // stdout, stderr
  std::string_view text;
};

// Calls `line` for each in the order of their times, both streams together; it gives false to stop. Blocks.
// Error: a damaged block, after the lines before it.
Result<> read_pod_lines(const LogStore& store, const PodLinesRequest& request,
                        const std::function<bool(const PodLine& line)>& line);

}  // namespace aloft::telemetry::logs
