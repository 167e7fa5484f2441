// What pods may send and what they may not ask.
#include "app/telemetry/taking_handler.h"

#include <gtest/gtest.h>

namespace aloft::app {
namespace {

TEST(TakingHandler, takes_what_brings_telemetry) {
  for (const char* path : {"/v1/traces", "/v1/metrics", "/v1/logs", "/api/v1/write", "/loki/api/v1/push",
                           "/api/v2/spans", "/api/traces", "/metrics/job/batch", "/insert/jsonline", "/write",
                           "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                           "/jaeger.api_v2.CollectorService/PostSpans"})
    EXPECT_TRUE(brings_telemetry("POST", path)) << path;
}

TEST(TakingHandler, tells_nothing_and_changes_nothing) {
  for (const char* path : {"/api/v1/query", "/loki/api/v1/query_range", "/api/traces/1f", "/v1/traces",
                           "/metrics", "/api/search", "/api/v2/alerts"})
    EXPECT_FALSE(brings_telemetry("GET", path)) << path;
  for (const char* path :
       {"/api/v1/query", "/api/v1/read", "/loki/api/v1/delete", "/loki/api/v1/rules/x", "/-/reload",
        "/api/v1/admin/tsdb/delete_series", "/api/v2/silences", "/jaeger.api_v2.QueryService/FindTraces",
        "/federate", "/loki/api/v1/push/../query_range"})
    EXPECT_FALSE(brings_telemetry("POST", path)) << path;
  EXPECT_FALSE(brings_telemetry("DELETE", "/metrics/job/batch"));
}

}  // namespace
}  // namespace aloft::app
