// Answers of Tempo's interface as JSON, field by field as Grafana reads them.
#pragma once

#include <set>
#include <string>

#include "telemetry/traces/traceql/engine.h"

namespace aloft::telemetry::traces {

std::string search_json(const traceql::SearchResult& result);
std::string series_json(const traceql::MetricsResult& result);
// The last point of each series alone.
std::string instant_json(const traceql::MetricsResult& result);
// `scope`: empty for all, or one of resource, span, event, link, instrumentation, intrinsic. At most `limit`
// names, of each scope in the second form. Error: invalid.
Result<std::string> tags_json(const PartSummary& summary, std::string_view scope, std::size_t limit);
Result<std::string> tags_v2_json(const PartSummary& summary, std::string_view scope, std::size_t limit);
std::string tag_values_json(const std::set<std::pair<traceql::ValueType, std::string>>& values);
std::string tag_values_v2_json(const std::set<std::pair<traceql::ValueType, std::string>>& values);

}  // namespace aloft::telemetry::traces
