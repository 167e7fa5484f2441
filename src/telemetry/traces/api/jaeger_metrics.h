// Jaeger's service performance monitoring (/api/metrics/...): requests, errors and durations of services,
// computed from their spans. Source: Jaeger's documentation, "Service Performance Monitoring".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "telemetry/traces/traceql/engine.h"

namespace aloft::telemetry::traces {

enum class JaegerMetric { calls, errors, latencies };

struct JaegerMetricsRequest {
  JaegerMetric metric = JaegerMetric::calls;
  std::vector<std::string> services;
  std::vector<std::string> kinds;  // of spans
  double quantile = 0;
  bool by_operation = false;
  std::int64_t end_ms = 0;
  std::int64_t lookback_ms = 0;
  std::int64_t step_ms = 0;
  std::int64_t rate_per_ms = 0;  // what each point of a rate looks back over
};

// Parameters: service (several, required), quantile (required for latencies), groupByOperation, endTs,
// lookback, step, ratePer, spanKind. Error: invalid, naming the parameter.
Result<JaegerMetricsRequest> parse_jaeger_metrics(JaegerMetric metric, const http::Query& parameters,
                                                  std::int64_t now_ms);
// The TraceQL query and its times that give what jaeger_metrics_json() shows.
std::string query_of(const JaegerMetricsRequest& request);
traceql::MetricsRequest times_of(const JaegerMetricsRequest& request);
std::string jaeger_metrics_json(const JaegerMetricsRequest& request, const traceql::MetricsResult& result);

}  // namespace aloft::telemetry::traces
