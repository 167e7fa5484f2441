// What there is to see in logs, for people who do not know yet what to ask: sizes, labels, fields, patterns.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/logs/api/parameters.h"
#include "telemetry/logs/logql/engine.h"

namespace aloft::telemetry::logs {

// Each gives the JSON of its answer. All block. Error: bad_request.
struct ExploreRequest {
  std::string tenant;
  std::string query;
  TimeRange range;
  std::size_t limit = 100;
  std::size_t field_limit = 1000;  // of detected fields, and of their values
  std::vector<std::string> target_labels;
  bool by_series = true;  // of volumes; otherwise by label name
  Duration step{};        // of volumes over time and of patterns
  std::size_t line_limit = 1000;
};
Result<std::string> index_stats(const logql::Engine& engine, const ExploreRequest& request);
Result<std::string> index_volume(const logql::Engine& engine, const ExploreRequest& request);
Result<std::string> index_volume_range(const logql::Engine& engine, const ExploreRequest& request);
Result<std::string> detected_labels(const logql::Engine& engine, const ExploreRequest& request);
Result<std::string> detected_fields(const logql::Engine& engine, const ExploreRequest& request);
Result<std::string> detected_field_values(const logql::Engine& engine, const ExploreRequest& request,
                                          const std::string& field);
Result<std::string> patterns(const logql::Engine& engine, const ExploreRequest& request);

}  // namespace aloft::telemetry::logs
